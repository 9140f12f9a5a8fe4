import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { blobPath } from "../tree/blobs.ts";
import type { Node } from "../tree/tree.ts";

/** Writes a tree as files of their own, not as links to blobs: what a module does to them stays. */
export function copyOut(node: Node, destination: string, cache: CacheFolder): void {
  switch (node.kind) {
    case "file":
      copyFileSync(blobPath(cache, node.blob), destination);
      chmodSync(destination, node.mode);
      return;
    case "symlink":
      symlinkSync(node.target, destination);
      return;
    case "directory":
      mkdirSync(destination);
      for (const [name, child] of node.entries) copyOut(child, join(destination, name), cache);
  }
}
