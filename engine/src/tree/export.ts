import { randomUUID } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { getSystemErrorMap } from "node:util";
import type { CacheFolder } from "../cache-folder.ts";
import { ApiError } from "./api-error.ts";
import { blobPath } from "./blobs.ts";
import type { FileNode, Node, SymlinkNode, Tree } from "./tree.ts";

/** Writes a tree into a folder of this machine; with `wipe`, what is there and not in the tree goes. */
export function exportTree(tree: Tree, folder: string, cache: CacheFolder, wipe = false): void {
  if (wipe) rmSync(folder, { recursive: true, force: true });
  makeFolders(folder, folder);
  exportEntries(tree, folder, cache);
}

/** Writes one file to `path`, whole or not at all; folders on the way are made. */
export function exportFile(node: FileNode, path: string, cache: CacheFolder): void {
  makeFolders(dirname(path), path);
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

/** As with `recursive`, which never ends where the kernel refuses a folder for lack of a parent. */
function makeFolders(folder: string, target: string): void {
  if (statSync(folder, { throwIfNoEntry: false })) return;
  makeFolders(dirname(folder), target);
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const said = getSystemErrorMap().get(errno ?? 0)?.[1] ?? code;
    throw new ApiError(`failed to create synctarget dest dir ${target}: mkdir ${folder}: ${said}`);
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
    makeFolders(path, path);
    exportEntries(node, path, cache);
    chmodSync(path, node.mode);
  } else if (node.kind === "file") exportFile(node, path, cache);
  else exportLink(node, path);
}

function exportLink(node: SymlinkNode, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
  symlinkSync(node.target, path);
}
