import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { type CacheFolder, noteUse } from "../../cache-folder.ts";
import { hasBlob } from "../../tree/blobs.ts";
import { type Digest, digestOfBytes, hexOf } from "../../tree/digest.ts";

/** What an address answered the last time, and by what it can be asked whether that still holds. */
export interface Fetched {
  readonly blob: Digest;
  /** bytes */
  readonly size: number;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

const format = z.object({
  blob: z.custom<Digest>((blob) => /^sha256:[0-9a-f]{64}$/u.test(String(blob))),
  size: z.number(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
});

export function keptFetched(cache: CacheFolder, url: string): Fetched | undefined {
  const path = pathOf(cache, url);
  try {
    noteUse(path);
    const read = format.parse(JSON.parse(readFileSync(path, "utf8")));
    return hasBlob(cache, read.blob) ? read : undefined;
  } catch {
    return undefined; // never fetched, or cut short
  }
}

export function keepFetched(cache: CacheFolder, url: string, fetched: Fetched): void {
  if (!fetched.etag && !fetched.lastModified) return;
  const path = pathOf(cache, url);
  const draft = join(cache.tmp, randomUUID());
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, JSON.stringify(fetched));
  renameSync(draft, path);
}

/** By digest: an address may hold a password. */
function pathOf(cache: CacheFolder, url: string): string {
  return join(cache.root, "http", hexOf(digestOfBytes(url)));
}
