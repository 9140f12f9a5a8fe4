import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { linkBlob } from "./blobs.ts";
import type { Digest } from "./digest.ts";
import type { Node } from "./tree.ts";

const chunk = Buffer.allocUnsafe(1 << 20);

/**
 * A folder (or file) on disk that never changes any more, as a tree: owners are kept, contents are
 * kept by hard links. Devices and sockets are left out.
 */
export function scanFolder(path: string, cache: CacheFolder): Node | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat && scanNode(path, stat, cache);
}

function scanNode(path: string, stat: Stats, cache: CacheFolder): Node | undefined {
  const attributes = { mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  if (stat.isSymbolicLink()) {
    return { kind: "symlink", target: readlinkSync(path), ...attributes, mode: 0o777 };
  }
  if (stat.isFile()) {
    const blob = digestOfFile(path);
    linkBlob(cache, blob, path);
    return { kind: "file", blob, size: stat.size, ...attributes };
  }
  if (!stat.isDirectory()) return undefined;
  const entries = new Map<string, Node>();
  for (const name of readdirSync(path)) {
    const child = scanFolder(join(path, name), cache);
    if (child) entries.set(name, child);
  }
  return { kind: "directory", ...attributes, entries };
}

function digestOfFile(path: string): Digest {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    for (;;) {
      const count = readSync(file, chunk, 0, chunk.length, null);
      if (count === 0) return `sha256:${hash.digest("hex")}`;
      hash.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}
