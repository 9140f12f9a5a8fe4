import { hash } from "node:crypto";

/** A SHA-256 in lower-case hex behind its algorithm's name: `sha256:9f86d0…`. */
export type Digest = `sha256:${string}`;

/** Any value that JSON can carry. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Digest of raw bytes or of a string's UTF-8 bytes. */
export function digestOfBytes(bytes: string | Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes)}`;
}

/** Digest of a JSON value that does not depend on the order of object keys. */
export function digestOfJson(value: Json): Digest {
  return digestOfBytes(canonicalJson(value));
}

/** JSON text with sorted keys and no spaces; keys whose value is undefined are left out. */
function canonicalJson(value: Json): string {
  // What comes with its keys in order, as operations' arguments do, needs nothing done to it.
  if (isInOrder(value)) return JSON.stringify(value);
  // Put together as one string: every operation of a graph comes through here, more than once.
  let text = "";
  if (Array.isArray(value)) {
    for (const each of value) text += `${text === "" ? "" : ","}${canonicalJson(each)}`;
    return `[${text}]`;
  }
  const object = value as { readonly [key: string]: Json };
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

function isInOrder(value: Json | undefined): boolean {
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  const object = value as { readonly [key: string]: Json };
  let before = "";
  for (const key of Object.keys(object)) {
    if (key < before || !isInOrder(object[key])) return false;
    before = key;
  }
  return true;
}

/** The hexadecimal part of a digest, as used in file names. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
