import { ApiError } from "./api-error.ts";
import { partsOf } from "./paths.ts";
import { parsePatterns } from "./patterns.ts";
import { type Attributes, emptyTree, type Node, type Tree } from "./tree.ts";

/** Numeric owner, both parts known. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The tree with what is at `path` replaced by what `change` makes of it. */
export function changeNode(
  tree: Tree,
  path: string,
  change: (before: Node | undefined) => Node,
  parents: Attributes = { mode: 0o755, uid: 0, gid: 0 },
): Tree {
  const parts = partsOf(path);
  if (parts.length === 0) return change(tree) as Tree;
  return place(tree, parts, 0, change, parents);
}

function place(
  tree: Tree,
  parts: readonly string[],
  depth: number,
  change: (before: Node | undefined) => Node,
  parents: Attributes,
): Tree {
  const name = parts[depth] as string;
  const child = tree.entries.get(name);
  const entries = new Map(tree.entries);
  if (depth === parts.length - 1) {
    entries.set(name, change(child));
  } else {
    if (child && child.kind !== "directory") {
      throw new ApiError(`mkdir /${parts.slice(0, depth + 1).join("/")}: not a directory`);
    }
    const below = child ?? { ...emptyTree, ...parents };
    entries.set(name, place(below, parts, depth + 1, change, parents));
  }
  return { ...tree, entries };
}

/** `over` laid upon `base`: directories merge, everything else is replaced. */
export function merge(base: Node | undefined, over: Node): Node {
  if (base?.kind !== "directory" || over.kind !== "directory") return over;
  if (base.entries.size === 0) return over;
  const entries = new Map(base.entries);
  for (const [name, child] of over.entries) entries.set(name, merge(entries.get(name), child));
  return { ...over, entries };
}

/** The tree without what matches any of the paths or patterns; what is missing does not matter. */
export function without(tree: Tree, patterns: readonly string[]): Tree {
  // Unlike in include patterns, `**` is a `*`: `**/x` asks for a directory above x.
  const list = parsePatterns(
    patterns.map((pattern) => partsOf(pattern).join("/").replace(/\*\*+/gu, "*")),
  );
  const prune = (directory: Tree, path: string): Tree => {
    const entries = new Map<string, Node>();
    let same = true;
    for (const [name, child] of directory.entries) {
      const childPath = path === "" ? name : `${path}/${name}`;
      if (list.match(childPath, list.top).matched) {
        same = false;
        continue;
      }
      const kept = child.kind === "directory" ? prune(child, childPath) : child;
      if (kept !== child) same = false;
      entries.set(name, kept);
    }
    return same ? directory : { ...directory, entries };
  };
  return prune(tree, "");
}

/** The node, and all below it, changed alike. */
export function mapNodes(node: Node, change: (node: Node) => Node): Node {
  const changed = change(node);
  if (changed.kind !== "directory") return changed;
  const entries = new Map<string, Node>();
  for (const [name, child] of changed.entries) entries.set(name, mapNodes(child, change));
  return { ...changed, entries };
}

/** Everything owned by `owner`. */
export function withOwner(node: Node, owner: Owner): Node {
  return mapNodes(node, (each) => ({ ...each, ...owner }));
}

/** What is new or different in `other`; what is gone leaves no trace. */
export function difference(base: Tree, other: Tree, equal: (a: Node, b: Node) => boolean): Tree {
  const entries = new Map<string, Node>();
  for (const [name, child] of other.entries) {
    const before = base.entries.get(name);
    if (!before) entries.set(name, child);
    else if (equal(before, child)) continue;
    else if (before.kind === "directory" && child.kind === "directory") {
      const changed = difference(before, child, equal);
      entries.set(name, changed);
    } else entries.set(name, child);
  }
  return { ...other, entries };
}
