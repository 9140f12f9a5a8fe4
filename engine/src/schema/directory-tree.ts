import type { Operation } from "../graph/operation.ts";
import { subtree } from "../graph/operations/tree-edit.ts";
import { noFiles } from "../graph/operations/tree-source.ts";
import { cleanPath } from "../tree/paths.ts";
import type { Tree } from "../tree/tree.ts";
import type { Session } from "./define.ts";
import type { Directory } from "./values.ts";

/** A directory with nothing in it. */
export const emptyDirectory: Directory = { tree: noFiles(null), path: "" };

/** The tree below a directory's top. */
export function solveDirectory(directory: Directory, session: Session): Promise<Tree> {
  return session.context.solver.solve(topOf(directory));
}

/** The directory after an edit of its tree. */
export function edited(
  directory: Directory,
  edit: (inputs: readonly Operation[]) => Operation<Tree>,
): Directory {
  return { tree: edit([directory.tree]), path: directory.path };
}

export function at(directory: Directory, path: string): string {
  const slash = path.endsWith("/") ? "/" : "";
  return `${cleanPath(`${directory.path}/${path}`)}${slash}`;
}

/** What is at a directory's own top, as an operation on its own. */
export function topOf(directory: Directory): Operation<Tree> {
  if (directory.path === "") return directory.tree;
  return subtree({ path: directory.path, named: directory.path }, [directory.tree]);
}
