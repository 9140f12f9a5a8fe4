import { readFileSync } from "node:fs";
import ignore, { type Ignore } from "ignore";
import type { CacheFolder } from "../cache-folder.ts";
import { blobPath } from "./blobs.ts";
import type { Node, Tree } from "./tree.ts";

/** The rules of one `.gitignore` file, as they stand for the directory at hand. */
export interface Rules {
  readonly list: Ignore;
  /** path of the directory at hand, relative to the rules' own one; empty or with a slash at its end */
  readonly prefix: string;
}

/** The rules of a `.gitignore` file's text, in its own directory. */
export function rulesOf(text: string): Rules {
  return { list: ignore().add(text), prefix: "" };
}

/** What holds in a sub-directory of the directory that rules stand for. */
export function rulesInside(rules: readonly Rules[], name: string): Rules[] {
  return rules.map(({ list, prefix }) => ({ list, prefix: `${prefix}${name}/` }));
}

/** The nearest file that says anything of a name decides; a directory's name ends with a slash. */
export function isIgnored(rules: readonly Rules[], name: string): boolean {
  for (const { list, prefix } of rules.toReversed()) {
    const { ignored, unignored } = list.test(`${prefix}${name}`);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** A tree without what its `.gitignore` files say; each holds for its own directory and below. */
export function withoutIgnored(tree: Tree, cache: CacheFolder): Tree {
  return prune(tree, [], cache);
}

function prune(directory: Tree, above: readonly Rules[], cache: CacheFolder): Tree {
  const own = directory.entries.get(".gitignore");
  const rules = [...above];
  if (own?.kind === "file") rules.push(rulesOf(readFileSync(blobPath(cache, own.blob), "utf8")));
  const entries = new Map<string, Node>();
  for (const [name, child] of directory.entries) {
    const isDirectory = child.kind === "directory";
    if (isIgnored(rules, isDirectory ? `${name}/` : name)) continue;
    entries.set(name, isDirectory ? prune(child, rulesInside(rules, name), cache) : child);
  }
  return { ...directory, entries };
}
