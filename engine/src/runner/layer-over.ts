import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CacheFolder, freshLayer, publishLayer } from "../cache-folder.ts";
import { lstatIn } from "./merged.ts";
import { copyAttributes } from "./prepare-mounts.ts";
import type { Snapshot } from "./snapshot.ts";

const run = promisify(execFile);

/** A snapshot with one more layer, in which `write` puts something at a path. */
export async function layerOver(
  cache: CacheFolder,
  snapshot: Snapshot,
  parts: readonly string[],
  write: (path: string) => Promise<void> | void,
): Promise<Snapshot> {
  const folder = freshLayer(cache);
  makeParents(cache, snapshot, parts, folder);
  await write(join(folder, ...parts));
  return { layers: [...snapshot.layers, publishLayer(cache, folder)] };
}

/** A snapshot without what is at these paths; what is not there does not matter. */
export async function layerWithout(
  cache: CacheFolder,
  snapshot: Snapshot,
  paths: readonly (readonly string[])[],
): Promise<Snapshot> {
  const there = paths.filter((parts) => lstatIn(cache, snapshot, parts));
  if (there.length === 0) return snapshot;
  const folder = freshLayer(cache);
  for (const parts of there) {
    makeParents(cache, snapshot, parts, folder);
    // How overlayfs marks what is gone: a character device of number 0:0.
    await run("mknod", [join(folder, ...parts), "c", "0", "0"]);
  }
  return { layers: [...snapshot.layers, publishLayer(cache, folder)] };
}

/** The folders above a path, with the attributes that they have in the snapshot. */
function makeParents(
  cache: CacheFolder,
  snapshot: Snapshot,
  parts: readonly string[],
  folder: string,
): void {
  for (let depth = 0; depth < parts.length; depth++) {
    const above = parts.slice(0, depth);
    const at = join(folder, ...above);
    mkdirSync(at, { recursive: true });
    const before = lstatIn(cache, snapshot, above);
    if (before?.stat.isDirectory()) copyAttributes(before.file, at);
  }
}
