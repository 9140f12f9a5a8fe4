import { randomUUID } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { CacheFolder } from "../runner/cache-folder.ts";
import { blobPath } from "./blobs.ts";
import type { FileNode, Node, SymlinkNode, Tree } from "./tree.ts";

/** Writes a tree into a folder of this machine; with `wipe`, what is there and not in the tree goes. */
export function exportTree(tree: Tree, folder: string, cache: CacheFolder, wipe = false): void {
  mkdirSync(folder, { recursive: true });
  if (wipe) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  exportEntries(tree, folder, cache);
}

/** Writes one file to `path`, whole or not at all; folders on the way are made. */
export function exportFile(node: FileNode, path: string, cache: CacheFolder): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}`);
  try {
    copyFileSync(blobPath(cache, node.blob), draft);
    chmodSync(draft, node.mode);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function exportEntries(tree: Tree, folder: string, cache: CacheFolder): void {
  for (const [name, child] of tree.entries) exportNode(child, join(folder, name), cache);
}

function exportNode(node: Node, path: string, cache: CacheFolder): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  // A link that is there is replaced, never followed: it could lead anywhere.
  if (there && there.isDirectory() !== (node.kind === "directory")) {
    rmSync(path, { recursive: true });
  }
  if (node.kind === "directory") {
    mkdirSync(path, { recursive: true });
    exportEntries(node, path, cache);
    chmodSync(path, node.mode);
  } else if (node.kind === "file") exportFile(node, path, cache);
  else exportLink(node, path);
}

function exportLink(node: SymlinkNode, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
  symlinkSync(node.target, path);
}
