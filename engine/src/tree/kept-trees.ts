import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { hasBlob } from "./blobs.ts";
import { type Digest, hexOf } from "./digest.ts";
import { type DirectoryNode, digestOfNode, type Node, type Tree } from "./tree.ts";

/**
 * Trees on disk: one small file for each directory, by its digest, so that trees share what they
 * have in common. A line is a JSON array: kind, name, mode, uid, gid, mtime, and what the kind adds.
 */
export function saveTree(cache: CacheFolder, tree: Tree): Digest {
  const digest = digestOfNode(tree);
  const path = treePath(cache, digest);
  if (existsSync(path)) return digest;
  // What a directory holds is there before it is: a tree that is found is whole.
  for (const child of tree.entries.values()) if (child.kind === "directory") saveTree(cache, child);
  const draft = join(cache.tmp, randomUUID());
  writeFileSync(draft, lines(tree).join("\n"));
  mkdirSync(dirname(path), { recursive: true });
  renameSync(draft, path);
  return digest;
}

/** The tree of that digest, or undefined when it or any file's contents are not there any more. */
export function loadTree(cache: CacheFolder, digest: Digest): Tree | undefined {
  let text: string;
  try {
    text = readFileSync(treePath(cache, digest), "utf8");
  } catch {
    return undefined;
  }
  const [head = "", ...rest] = text.split("\n");
  const entries = new Map<string, Node>();
  for (const line of rest) {
    const child = readLine(cache, line);
    if (!child) return undefined;
    entries.set(child[0], child[1]);
  }
  const [mode, uid, gid, mtime] = JSON.parse(head) as [number, number, number, number | null];
  return { kind: "directory", mode, uid, gid, ...timed(mtime), entries };
}

type Line = [string, string, number, number, number, number | null, string, number?];

function lines(tree: DirectoryNode): string[] {
  const head = JSON.stringify([tree.mode, tree.uid, tree.gid, tree.mtime ?? null]);
  return [head, ...[...tree.entries].map(([name, node]) => lineOf(name, node))];
}

function lineOf(name: string, node: Node): string {
  const common = [node.kind, name, node.mode, node.uid, node.gid, node.mtime ?? null];
  switch (node.kind) {
    case "file":
      return JSON.stringify([...common, node.blob, node.size]);
    case "symlink":
      return JSON.stringify([...common, node.target]);
    case "directory":
      return JSON.stringify([...common, digestOfNode(node)]);
  }
}

function readLine(cache: CacheFolder, line: string): readonly [string, Node] | undefined {
  const [kind, name, mode, uid, gid, mtime, what, size] = JSON.parse(line) as Line;
  const attributes = { mode, uid, gid, ...timed(mtime) };
  if (kind === "symlink") return [name, { kind, target: what, ...attributes }];
  if (kind === "file") {
    const blob = what as Digest;
    if (!hasBlob(cache, blob)) return undefined;
    return [name, { kind, blob, size: size ?? 0, ...attributes }];
  }
  const below = loadTree(cache, what as Digest);
  return below && [name, below];
}

function timed(mtime: number | null): { mtime?: number } {
  return mtime === null ? {} : { mtime };
}

function treePath(cache: CacheFolder, digest: Digest): string {
  const hex = hexOf(digest);
  return join(cache.trees, hex.slice(0, 2), hex.slice(2));
}
