import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import type { Snapshot } from "./snapshot.ts";

/** One file of a snapshot: where it lies on this machine, in the layer that decides. */
export interface Merged {
  readonly file: string;
  readonly stat: Stats;
}

/** Looks at a path of a snapshot layer by layer, without mounting it and without following links. */
export function lstatIn(
  cache: CacheFolder,
  snapshot: Snapshot,
  parts: readonly string[],
): Merged | undefined {
  for (let index = snapshot.layers.length - 1; index >= 0; index--) {
    const layer = join(cache.layers, snapshot.layers[index] as string);
    let at = layer;
    for (let depth = 0; depth <= parts.length; depth++) {
      if (depth > 0) at = join(at, parts[depth - 1] as string);
      const stat = lstatSync(at, { throwIfNoEntry: false });
      if (!stat) break;
      if (isWhiteout(stat)) return undefined;
      if (depth === parts.length) return { file: at, stat };
      // Something that is no directory hides whatever lower layers have below that name.
      if (!stat.isDirectory()) return undefined;
    }
  }
  return undefined;
}

/** The real place of a path in a snapshot, links in it followed; the last part may be missing. */
export function resolveIn(cache: CacheFolder, snapshot: Snapshot, path: string): string[] {
  const rest = path.split("/");
  const at: string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const part = rest.shift() as string;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at.pop();
      continue;
    }
    const found = lstatIn(cache, snapshot, [...at, part]);
    if (!found?.stat.isSymbolicLink()) {
      at.push(part);
      continue;
    }
    if (++links > 40) throw new Error(`${path}: too many levels of symbolic links`);
    const target = readlinkSync(found.file);
    if (target.startsWith("/")) at.length = 0;
    rest.unshift(...target.split("/"));
  }
  return at;
}

/** What is at a path of a snapshot, links followed; undefined when nothing is. */
export function statIn(cache: CacheFolder, snapshot: Snapshot, path: string): Merged | undefined {
  return lstatIn(cache, snapshot, resolveIn(cache, snapshot, path));
}

/** The text of a file of a snapshot, links followed; undefined when there is none. */
export function readTextIn(
  cache: CacheFolder,
  snapshot: Snapshot,
  path: string,
): string | undefined {
  const found = statIn(cache, snapshot, path);
  return found?.stat.isFile() ? readFileSync(found.file, "utf8") : undefined;
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}
