import { readFileSync } from "node:fs";
import ignore, { type Ignore } from "ignore";
import type { CacheFolder } from "../runner/cache-folder.ts";
import { blobPath } from "./blobs.ts";
import type { Node, Tree } from "./tree.ts";

/** A tree without what its `.gitignore` files say; each holds for its own directory and below. */
export function withoutIgnored(tree: Tree, cache: CacheFolder): Tree {
  return prune(tree, [], cache);
}

interface Rules {
  readonly list: Ignore;
  /** path of a name in the directory at hand, relative to the rules' own directory */
  readonly prefix: string;
}

function prune(directory: Tree, above: readonly Rules[], cache: CacheFolder): Tree {
  const own = directory.entries.get(".gitignore");
  const rules = [...above];
  if (own?.kind === "file") {
    const list = ignore().add(readFileSync(blobPath(cache, own.blob), "utf8"));
    rules.push({ list, prefix: "" });
  }
  const entries = new Map<string, Node>();
  for (const [name, child] of directory.entries) {
    const isDirectory = child.kind === "directory";
    if (isIgnored(rules, isDirectory ? `${name}/` : name)) continue;
    const inside = rules.map(({ list, prefix }) => ({ list, prefix: `${prefix}${name}/` }));
    const kept = isDirectory ? prune(child, inside, cache) : child;
    entries.set(name, kept);
  }
  return { ...directory, entries };
}

/** The nearest file that says anything of a path decides. */
function isIgnored(rules: readonly Rules[], name: string): boolean {
  for (const { list, prefix } of rules.toReversed()) {
    const { ignored, unignored } = list.test(`${prefix}${name}`);
    if (ignored || unignored) return ignored;
  }
  return false;
}
