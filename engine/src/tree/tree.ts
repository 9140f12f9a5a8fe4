import { type Digest, digestOfBytes } from "./digest.ts";

/**
 * A file tree as a value: what Dagger calls a Directory, without a place on disk.
 * File contents are named by digest and live in the cache folder's blobs, so that selecting,
 * merging and comparing directories of thousands of files touches no disk at all.
 */
export type Tree = DirectoryNode;
export type Node = FileNode | SymlinkNode | DirectoryNode;

/** Permission bits (including setuid, setgid and sticky) and numeric owner. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch; never part of a digest. */
  readonly mtime?: number;
}

export interface FileNode extends Attributes {
  readonly kind: "file";
  readonly blob: Digest;
  /** bytes */
  readonly size: number;
}

export interface SymlinkNode extends Attributes {
  readonly kind: "symlink";
  readonly target: string;
}

export interface DirectoryNode extends Attributes {
  readonly kind: "directory";
  /** by name; the order of insertion means nothing */
  readonly entries: ReadonlyMap<string, Node>;
}

/** The directory with nothing in it: root's, mode 0755. */
export const emptyTree: Tree = {
  kind: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  entries: new Map(),
};

const digests = new WeakMap<Node, Digest>();

/** Identity of a node's contents, permissions and owners: not of its name, place or times. */
export function digestOfNode(node: Node): Digest {
  const known = digests.get(node);
  if (known) return known;
  const digest = digestOfBytes(describe(node));
  digests.set(node, digest);
  return digest;
}

function describe(node: Node): string {
  const attributes = `${node.mode.toString(8)} ${node.uid}:${node.gid}`;
  switch (node.kind) {
    case "file":
      return `file ${attributes} ${node.blob}`;
    case "symlink":
      return `symlink ${attributes} ${JSON.stringify(node.target)}`;
    case "directory": {
      const names = [...node.entries.keys()].sort();
      const lines = names.map((name) => {
        const child = node.entries.get(name) as Node;
        // A digest of its own for each file would take longer than all else that is done with it.
        const is = child.kind === "directory" ? digestOfNode(child) : describe(child);
        return `${JSON.stringify(name)} ${is}`;
      });
      return `directory ${attributes}\n${lines.join("\n")}`;
    }
  }
}
