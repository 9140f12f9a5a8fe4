import { randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  utimesSync,
  writeSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { type Digest, digestOfBytes, hexOf } from "./digest.ts";
import type { Attributes, FileNode } from "./tree.ts";

/**
 * Contents of files by digest. A blob carries the attributes of the file that first had these
 * contents, so that most trees are written with hard links alone; other attributes get a variant.
 */
export function blobPath(cache: CacheFolder, blob: Digest): string {
  const hex = hexOf(blob);
  // Not by join, which takes longer than the question whether there is one.
  return `${cache.blobs}/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

/** Keeps contents under their digest and says which it is. */
export function writeBlob(
  cache: CacheFolder,
  bytes: Uint8Array,
  attributes: Attributes = { mode: 0o644, uid: 0, gid: 0 },
): { blob: Digest; size: number } {
  const blob = digestOfBytes(bytes);
  const path = blobPath(cache, blob);
  if (!existsSync(path)) {
    const draft = join(cache.tmp, randomUUID());
    const file = openSync(draft, "wx", 0o600);
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(file, bytes, written);
      }
      if (attributes.uid !== 0 || attributes.gid !== 0) {
        fchownSync(file, attributes.uid, attributes.gid);
      }
      fchmodSync(file, attributes.mode);
      if (attributes.mtime !== undefined) futimesSync(file, attributes.mtime, attributes.mtime);
    } finally {
      closeSync(file);
    }
    publish(draft, path);
  }
  return { blob, size: bytes.length };
}

/** Keeps a file that never changes any more by a hard link, without copying it. */
export function linkBlob(cache: CacheFolder, blob: Digest, file: string): void {
  const path = blobPath(cache, blob);
  if (existsSync(path)) return;
  const draft = join(cache.tmp, randomUUID());
  try {
    linkSync(file, draft);
  } catch (error) {
    if (!isLinkRefused(error)) throw error;
    copyFileSync(file, draft);
  }
  publish(draft, path);
}

/** The contents, in memory. */
export function readBlob(cache: CacheFolder, blob: Digest): Promise<Buffer> {
  return readFile(blobPath(cache, blob));
}

/** Is there a blob for every file of a node that was kept earlier? */
export function hasBlob(cache: CacheFolder, blob: Digest): boolean {
  return existsSync(blobPath(cache, blob));
}

/** Makes `destination` a file with the node's contents and attributes. It must not exist. */
export function placeBlob(cache: CacheFolder, node: FileNode, destination: string): void {
  let source = blobPath(cache, node.blob);
  if (!carries(lstatSync(source, { throwIfNoEntry: false }), node))
    source = variant(cache, node, source);
  try {
    linkSync(source, destination);
  } catch (error) {
    if (!isLinkRefused(error)) throw error;
    copyWithAttributes(source, destination, node);
  }
}

/** The same contents under other permissions, owners or times: hard links share those. */
function variant(cache: CacheFolder, node: FileNode, source: string): string {
  const time = node.mtime === undefined ? "" : `-${node.mtime}`;
  const path = `${source}-${node.mode.toString(8)}-${node.uid}-${node.gid}${time}`;
  if (!existsSync(path)) {
    const draft = join(cache.tmp, randomUUID());
    copyWithAttributes(source, draft, node);
    publish(draft, path);
  }
  return path;
}

function copyWithAttributes(source: string, destination: string, node: FileNode): void {
  const { mtimeMs } = lstatSync(source);
  copyFileSync(source, destination);
  chownSync(destination, node.uid, node.gid);
  chmodSync(destination, node.mode);
  const time = node.mtime ?? mtimeMs / 1000;
  utimesSync(destination, time, time);
}

function carries(stat: Stats | undefined, node: FileNode): boolean {
  if (!stat) return false;
  return (
    (stat.mode & 0o7777) === node.mode &&
    stat.uid === node.uid &&
    stat.gid === node.gid &&
    (node.mtime === undefined || Math.floor(stat.mtimeMs / 1000) === node.mtime)
  );
}

function publish(draft: string, path: string): void {
  try {
    renameSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(join(path, ".."), { recursive: true });
    renameSync(draft, path);
  }
}

/** Too many links to one inode, or a link across file systems. */
function isLinkRefused(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMLINK" || code === "EXDEV" || code === "EPERM";
}
