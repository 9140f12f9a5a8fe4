import { ApiError } from "../../tree/api-error.ts";
import { hasBlob, writeBlob } from "../../tree/blobs.ts";
import type { Digest } from "../../tree/digest.ts";
import { readHostFile, readHostTree } from "../../tree/host-tree.ts";
import { loadTree, saveTree } from "../../tree/kept-trees.ts";
import { digestOfNode, emptyTree, type FileNode, type Node, type Tree } from "../../tree/tree.ts";
import { defineOperation, type Kept, uncached } from "../operation.ts";

/** Trees and files are identified by what they hold, not by how they were made. */
export const byContents = (node: Node): Digest => digestOfNode(node);

/** Working on trees in memory costs less than looking an answer up. */
export const inMemory = uncached("costs less than a look-up");

/** Trees that took more than a moment to make are kept by their digest. */
export const keepTree: Kept<Tree> = {
  keep: true,
  store: (tree, { cache }) => saveTree(cache, tree),
  restore: (digest, { cache }) => loadTree(cache, digest as Digest),
};

/** A tree that was kept earlier. */
export const keptTree = defineOperation<{ digest: Digest }, Tree>({
  name: "tree",
  identity: byContents,
  caching: inMemory,
  async run({ digest }, _inputs, { cache }) {
    const tree = loadTree(cache, digest);
    if (!tree) throw new ApiError(`directory ${digest} is not in the cache any more`);
    return tree;
  },
});

/** A file whose contents were kept earlier. */
export const keptFile = defineOperation<
  {
    kind: "file";
    blob: Digest;
    size: number;
    mode: number;
    uid: number;
    gid: number;
    mtime?: number;
  },
  FileNode
>({
  name: "file",
  identity: byContents,
  caching: inMemory,
  async run(node, _inputs, { cache }) {
    if (!hasBlob(cache, node.blob)) {
      throw new ApiError(`file ${node.blob} is not in the cache any more`);
    }
    return node;
  },
});

export const noFiles = defineOperation<null, Tree>({
  name: "empty directory",
  identity: byContents,
  caching: inMemory,
  run: async () => emptyTree,
});

/** A folder of this machine, read once a session; `nonce` tells readings apart that must not share. */
export const hostDirectory = defineOperation<
  {
    path: string;
    include: readonly string[];
    exclude: readonly string[];
    gitignore: boolean;
    nonce: string;
  },
  Tree
>({
  name: "host directory",
  identity: byContents,
  caching: uncached("reads the host"),
  run: async ({ path, include, exclude, gitignore }, _inputs, { cache }) =>
    readHostTree(path, { include, exclude, gitignore }, cache),
});

/** A file of this machine, read once a session. */
export const hostFile = defineOperation<{ path: string; nonce: string }, FileNode>({
  name: "host file",
  identity: byContents,
  caching: uncached("reads the host"),
  run: async ({ path }, _inputs, { cache }) => readHostFile(path, cache).node,
});

export const newFile = defineOperation<{ contents: string; mode: number }, FileNode>({
  name: "new file",
  identity: byContents,
  caching: inMemory,
  run: async ({ contents, mode }, _inputs, { cache }) => ({
    kind: "file",
    ...writeBlob(cache, Buffer.from(contents)),
    mode,
    uid: 0,
    gid: 0,
  }),
});
