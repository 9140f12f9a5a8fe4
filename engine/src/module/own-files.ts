import { randomUUID } from "node:crypto";
import { lstatSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { hexOf } from "../tree/digest.ts";
import { walk } from "../tree/paths.ts";
import { copyOut } from "./copy-out.ts";
import { publishFolder } from "./publish-folder.ts";
import type { ModuleSource } from "./source.ts";

/** A copy of a module's files that one call of a function has to itself. */
export interface OwnFiles {
  readonly path: string;
  release(): void;
}

/**
 * Takes the copy that a call before left as it was, or makes one. It moves by renaming: so nobody else
 * can take it, and what a killed process leaves is swept with all that it had not finished.
 */
export function ownFiles({ digest, tree }: ModuleSource, cache: CacheFolder): OwnFiles {
  const kept = join(cache.root, "module-files", hexOf(digest).slice(0, 32));
  const path = join(cache.tmp, randomUUID());
  if (!taken(kept, path)) copyOut(tree, path, cache);
  const paths = [path, ...[...walk(tree)].map(([below]) => join(path, below))];
  const before = paths.map(changed);
  return {
    path,
    release() {
      if (paths.every((each, index) => changed(each) === before[index])) {
        noteUse(path);
        publishFolder(path, kept);
      }
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** When a file, or what a folder holds, was changed last: whoever changes it cannot set that. */
function changed(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs;
}

/** Says whether there was something to take. */
function taken(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
