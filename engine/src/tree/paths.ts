import { ApiError } from "./api-error.ts";
import { emptyTree, type Node, type Tree } from "./tree.ts";

const maxLinks = 40; // as in Linux

/** The parts of a path below a tree's top; `..` cannot leave it. */
export function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts;
}

/** A clean path relative to the top: `a/b`, or `` for the top itself. */
export function cleanPath(path: string): string {
  return partsOf(path).join("/");
}

/** A clean path from `base`, unless `path` is absolute; both seen from the same top. */
export function joinPath(base: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${base}/${path}`);
}

/** Is a path a folder's own, or below it? Both are clean and absolute. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

export interface Found {
  readonly node: Node;
  /** where it really is, links followed */
  readonly path: string;
}

/** The node at a path. Links on the way are followed within the tree; the last one if asked to. */
export function find(tree: Tree, path: string, followLast = true): Found | undefined {
  let links = 0;
  const walk = (from: string[], parts: string[]): Found | undefined => {
    const rest = [...parts];
    const at = [...from];
    let node: Node = nodeAt(tree, at) ?? emptyTree;
    while (rest.length > 0) {
      const part = rest.shift() as string;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at.pop();
        node = nodeAt(tree, at) ?? emptyTree;
        continue;
      }
      if (node.kind !== "directory") return undefined;
      const child: Node | undefined = node.entries.get(part);
      if (!child) return undefined;
      if (child.kind === "symlink" && (rest.length > 0 || followLast)) {
        if (++links > maxLinks)
          throw new ApiError(`open ${path}: too many levels of symbolic links`);
        const target = child.target.split("/");
        return walk(child.target.startsWith("/") ? [] : at, [...target, ...rest]);
      }
      at.push(part);
      node = child;
    }
    return { node, path: at.join("/") };
  };
  return walk([], partsOf(path));
}

/** Where a path leads below the top when all links on the way are followed, missing parts or not. */
export function resolvePath(tree: Tree, path: string, followLast: boolean): string {
  let links = 0;
  const rest = partsOf(path);
  let at: string[] = [];
  while (rest.length > 0) {
    const part = rest.shift() as string;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at.pop();
      continue;
    }
    const node = nodeAt(tree, [...at, part]);
    if (node?.kind !== "symlink" || (rest.length === 0 && !followLast)) {
      at.push(part);
      continue;
    }
    if (++links > maxLinks) throw new ApiError(`open ${path}: too many levels of symbolic links`);
    if (node.target.startsWith("/")) at = [];
    rest.unshift(...node.target.split("/"));
  }
  return at.join("/");
}

/** The node at a path without following any link. */
export function nodeAt(tree: Tree, parts: readonly string[]): Node | undefined {
  let node: Node | undefined = tree;
  for (const part of parts) {
    if (node?.kind !== "directory") return undefined;
    node = node.entries.get(part);
  }
  return node;
}

/** Everything below a directory, depth first, each directory before what it holds. */
export function* walk(tree: Tree, prefix = ""): Generator<readonly [string, Node]> {
  for (const name of sortedNames(tree)) {
    const child = tree.entries.get(name) as Node;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    yield [path, child];
    if (child.kind === "directory") yield* walk(child, path);
  }
}

/** Names in the order of their bytes. */
export function sortedNames(tree: Tree): string[] {
  return [...tree.entries.keys()].sort(compareBytes);
}

/** Orders strings by their UTF-8 bytes, as Go does. */
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
