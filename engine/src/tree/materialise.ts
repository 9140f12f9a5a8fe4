import { chmodSync, lchownSync, lutimesSync, mkdirSync, symlinkSync, utimesSync } from "node:fs";
import type { CacheFolder } from "../cache-folder.ts";
import { placeBlob } from "./blobs.ts";
import type { Node } from "./tree.ts";

/** Writes a node at `destination`, which must not exist, by hard links to the blobs. */
export function materialise(node: Node, destination: string, cache: CacheFolder): void {
  switch (node.kind) {
    case "file":
      placeBlob(cache, node, destination);
      return;
    case "symlink":
      symlinkSync(node.target, destination);
      if (node.uid !== 0 || node.gid !== 0) lchownSync(destination, node.uid, node.gid);
      if (node.mtime !== undefined) lutimesSync(destination, node.mtime, node.mtime);
      return;
    case "directory": {
      mkdirSync(destination);
      for (const [name, child] of node.entries) {
        materialise(child, `${destination}/${name}`, cache);
      }
      if (node.uid !== 0 || node.gid !== 0) lchownSync(destination, node.uid, node.gid);
      chmodSync(destination, node.mode);
      if (node.mtime !== undefined) utimesSync(destination, node.mtime, node.mtime);
    }
  }
}
