import { ApiError } from "../../tree/api-error.ts";
import { changeNode, difference, mapNodes, merge, withOwner, without } from "../../tree/edit.ts";
import { ownerIn } from "../../tree/owner.ts";
import { find, joinPath, nodeAt, partsOf, resolvePath } from "../../tree/paths.ts";
import { type Selection, select } from "../../tree/select.ts";
import { digestOfNode, emptyTree, type FileNode, type Node, type Tree } from "../../tree/tree.ts";
import { defineOperation } from "../operation.ts";
import { byContents, inMemory } from "./tree-source.ts";

/** The directory at a path. */
export const subtree = defineOperation<{ path: string; named: string }, Tree>({
  name: "directory at",
  identity: byContents,
  caching: inMemory,
  async run({ path, named }, [tree]) {
    const node = find(tree as Tree, path)?.node;
    if (!node) throw new ApiError(`stat ${named}: no such file or directory`);
    if (node.kind !== "directory") throw new ApiError(`path ${named} is a file, not a directory`);
    return node;
  },
});

/** The file at a path. */
export const fileAt = defineOperation<{ path: string; named: string }, FileNode>({
  name: "file at",
  identity: byContents,
  caching: inMemory,
  async run({ path, named }, [tree]) {
    const node = find(tree as Tree, path)?.node;
    if (!node) throw new ApiError(`stat ${named}: no such file or directory`);
    if (node.kind !== "file") throw new ApiError(`path ${named} is a directory, not a file`);
    return node;
  },
});

/** The selected part of a directory. */
export const selected = defineOperation<
  { include: readonly string[]; exclude: readonly string[]; gitignore: boolean },
  Tree
>({
  name: "filter",
  identity: byContents,
  caching: inMemory,
  run: async (selection: Selection, [tree], { cache }) => select(tree as Tree, selection, cache),
});

/** A directory with another one, or a file, laid at a path. */
export const placed = defineOperation<
  { path: string; name: string | null; permissions: number | null; owner: string | null },
  Tree
>({
  name: "with at",
  identity: byContents,
  caching: inMemory,
  async run({ path, name, permissions, owner }, inputs, { cache }) {
    const tree = inputs[0] as Tree;
    const node = withPermissions(inputs[1] as Node, permissions);
    const placing = owner === null ? node : withOwner(node, ownerIn(tree, owner, cache));
    const target =
      node.kind === "file" ? fileTarget(tree, path, name) : resolvePath(tree, path, false);
    return changeNode(tree, target, (before) => {
      if (placing.kind === "file" && before?.kind === "directory") {
        throw new ApiError(`open /${target}: is a directory`);
      }
      return merge(before, placing);
    });
  },
});

/** A file goes into a folder that is there, or that a trailing slash asks for, under its own name. */
function fileTarget(tree: Tree, path: string, name: string | null): string {
  const at = resolvePath(tree, path, false);
  if (name === null) return at;
  const isFolder = path.endsWith("/") || nodeAt(tree, partsOf(at))?.kind === "directory";
  return isFolder ? joinPath(at, name) : at;
}

/** A directory with text written to a path: a file that is there keeps its mode and owner. */
export const written = defineOperation<{ path: string }, Tree>({
  name: "with new file",
  identity: byContents,
  caching: inMemory,
  async run({ path }, inputs) {
    const tree = inputs[0] as Tree;
    const file = inputs[1] as FileNode;
    const target = resolvePath(tree, path, true);
    return changeNode(tree, target, (before) => {
      if (before?.kind === "directory") throw new ApiError(`open /${target}: is a directory`);
      if (before?.kind !== "file") return file;
      return { ...file, mode: before.mode, uid: before.uid, gid: before.gid };
    });
  },
});

export function withPermissions(node: Node, permissions: number | null): Node {
  if (permissions === null) return node;
  return mapNodes(node, (each) =>
    each.kind === "symlink" ? each : { ...each, mode: permissions },
  );
}

export const withoutPaths = defineOperation<{ base: string; patterns: readonly string[] }, Tree>({
  name: "without",
  identity: byContents,
  caching: inMemory,
  async run({ base, patterns }, [tree]) {
    for (const pattern of patterns) {
      if (partsOf(pattern).length === 0) {
        throw new ApiError("unlinkat /: device or resource busy");
      }
    }
    return without(
      tree as Tree,
      patterns.map((pattern) => joinPath(base, pattern.replace(/^\/+/u, ""))),
    );
  },
});

export const withDirectoryMade = defineOperation<{ path: string; permissions: number }, Tree>({
  name: "with new directory",
  identity: byContents,
  caching: inMemory,
  async run({ path, permissions }, [tree]) {
    const attributes = { mode: permissions, uid: 0, gid: 0 };
    const target = resolvePath(tree as Tree, path, true);
    return changeNode(
      tree as Tree,
      target,
      (before) => {
        if (before && before.kind !== "directory") {
          throw new ApiError(`mkdir /${target}: not a directory`);
        }
        return before ?? { ...emptyTree, ...attributes };
      },
      attributes,
    );
  },
});

export const withLink = defineOperation<{ path: string; target: string }, Tree>({
  name: "with symlink",
  identity: byContents,
  caching: inMemory,
  run: async ({ path, target }, [tree]) =>
    changeNode(tree as Tree, resolvePath(tree as Tree, path, false), (before) => {
      if (before) throw new ApiError(`symlink ${target} /${path}: file exists`);
      return { kind: "symlink", target, mode: 0o777, uid: 0, gid: 0 };
    }),
});

export const owned = defineOperation<{ path: string; owner: string }, Tree>({
  name: "chown",
  identity: byContents,
  caching: inMemory,
  async run({ path, owner }, [tree], { cache }) {
    const target = ownerIn(tree as Tree, owner, cache);
    return changeNode(tree as Tree, resolvePath(tree as Tree, path, true), (before) => {
      if (!before) throw new ApiError(`lchown /${path}: no such file or directory`);
      return withOwner(before, target);
    });
  },
});

export const fileOwned = defineOperation<{ owner: string }, FileNode>({
  name: "chown file",
  identity: byContents,
  caching: inMemory,
  // A file alone has no users beside it: only ids mean something.
  run: async ({ owner }, [file], { cache }) => ({
    ...(file as FileNode),
    ...ownerIn(emptyTree, owner, cache),
  }),
});

/** A tree or a file with all times set; seconds since the epoch. */
export const timestamped = defineOperation<{ timestamp: number }, never>({
  name: "with timestamps",
  // Times are no part of a digest, but who asks for them wants them written.
  identity: "recipe",
  caching: inMemory,
  run: async ({ timestamp }, [node]) =>
    // A tree stays a tree, and a file a file: the maker of the operation knows which it is.
    mapNodes(node as Node, (each) => ({ ...each, mtime: timestamp })) as never,
});

export const diffed = defineOperation<null, Tree>({
  name: "diff",
  identity: byContents,
  caching: inMemory,
  run: async (_args, [base, other]) =>
    difference(base as Tree, other as Tree, (a, b) => digestOfNode(a) === digestOfNode(b)),
});

/** Any use of it fails with these words. */
export const failing = defineOperation<{ message: string }, never>({
  name: "error",
  identity: "recipe",
  caching: inMemory,
  async run({ message }) {
    throw new ApiError(message);
  },
});
