import type { Operation } from "../graph/operation.ts";
import { subtree } from "../graph/operations/tree-edit.ts";
import type { Tree } from "../tree/tree.ts";
import type { Directory } from "./values.ts";

/** What is at a directory's own top, as an operation on its own. */
export function topOf(directory: Directory): Operation<Tree> {
  if (directory.path === "") return directory.tree;
  return subtree({ path: directory.path, named: directory.path }, [directory.tree]);
}
