import { nodeAt, partsOf } from "./paths.ts";
import { emptyTree, type Node, type Tree } from "./tree.ts";

/** Paths by how they changed; those of directories end with a slash. */
export interface Changes {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  /** all that is gone, below directories that are gone too */
  readonly allRemoved: readonly string[];
}

/** What changed between two trees, as git sees it: contents, kinds, and whether a file can be run. */
export function changesBetween(before: Tree, after: Tree): Changes {
  const added: string[] = [];
  const modified: string[] = [];
  const allRemoved: string[] = [];
  const compare = (old: Tree, now: Tree, prefix: string) => {
    for (const [name, node] of old.entries) {
      const path = `${prefix}${name}`;
      const other = now.entries.get(name);
      if (!other || isDirectory(node) !== isDirectory(other)) allRemoved.push(...all(node, path));
    }
    for (const [name, node] of now.entries) {
      const path = `${prefix}${name}`;
      const other = old.entries.get(name);
      if (!other || isDirectory(node) !== isDirectory(other)) added.push(...all(node, path));
      else if (node.kind === "directory") compare(other as Tree, node, `${path}/`);
      else if (!isSame(node, other)) modified.push(path);
    }
  };
  compare(before, after, "");
  return { added: added.sort(), modified: modified.sort(), allRemoved: allRemoved.sort() };
}

/** Paths that are gone, without those below them. */
export function topmost(paths: readonly string[]): string[] {
  const tops: string[] = [];
  for (const path of [...paths].sort()) {
    const last = tops.at(-1);
    if (!last?.endsWith("/") || !path.startsWith(last)) tops.push(path);
  }
  return tops;
}

/** The part of a tree that these paths are, with the directories that lead to them. */
export function partOf(tree: Tree, paths: readonly string[]): Tree {
  let part: Tree = { ...tree, entries: new Map() };
  for (const path of paths) part = withNode(part, tree, partsOf(path));
  return part;
}

function withNode(part: Tree, tree: Tree, [name, ...rest]: readonly string[]): Tree {
  const node = name === undefined ? undefined : tree.entries.get(name);
  if (name === undefined || !node) return part;
  const entries = new Map(part.entries);
  const before = entries.get(name);
  if (node.kind !== "directory") entries.set(name, node);
  else {
    const below = before?.kind === "directory" ? before : { ...node, entries: new Map() };
    entries.set(name, withNode(below, node, rest));
  }
  return { ...part, entries };
}

/** The tree without these paths. */
export function withoutAll(tree: Tree, paths: readonly string[]): Tree {
  return paths.reduce((rest, path) => withoutOne(rest, partsOf(path)), tree);
}

function withoutOne(tree: Tree, [name, ...rest]: readonly string[]): Tree {
  const node = name === undefined ? undefined : tree.entries.get(name);
  if (name === undefined || !node) return tree;
  const entries = new Map(tree.entries);
  if (rest.length === 0) entries.delete(name);
  else if (node.kind === "directory") entries.set(name, withoutOne(node, rest));
  return { ...tree, entries };
}

/** The tree with nodes of another one in the places of its own that are equal: times stay. */
export function reusing(tree: Tree, old: Tree, equal: (a: Node, b: Node) => boolean): Tree {
  const entries = new Map<string, Node>();
  for (const [name, node] of tree.entries) {
    const before = nodeAt(old, [name]);
    if (before && equal(before, node)) entries.set(name, before);
    else if (node.kind === "directory") {
      entries.set(name, reusing(node, before?.kind === "directory" ? before : emptyTree, equal));
    } else entries.set(name, node);
  }
  return { ...tree, entries };
}

function* all(node: Node, path: string): Generator<string> {
  if (node.kind !== "directory") {
    yield path;
    return;
  }
  yield `${path}/`;
  for (const [name, child] of node.entries) yield* all(child, `${path}/${name}`);
}

function isDirectory({ kind }: Node): boolean {
  return kind === "directory";
}

function isSame(one: Node, other: Node): boolean {
  if (one.kind === "file" && other.kind === "file") {
    return one.blob === other.blob && (one.mode & 0o100) === (other.mode & 0o100);
  }
  return one.kind === "symlink" && other.kind === "symlink" && one.target === other.target;
}
