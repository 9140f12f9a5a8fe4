import * as edits from "../graph/operations/tree-edit.ts";
import { joinPath, partsOf } from "../tree/paths.ts";
import * as arg from "./arguments.ts";
import type { Field, Session } from "./define.ts";
import { at, topOf } from "./directory-tree.ts";
import type { Directory, File } from "./values.ts";

/** What can be taken out of a directory. */
export const directoryPartFields: Readonly<Record<string, Field<Directory>>> = {
  file: {
    description: "A file of the directory.",
    args: { path: arg.path('Where it is (example: "README.md")') },
    type: "File!",
    resolve: (directory, { path }, session) => fileIn(directory, path, session),
  },
  directory: {
    description: "A directory of the directory.",
    args: { path: arg.path('Where it is (example: "src")') },
    type: "Directory!",
    resolve: (directory, { path }) => ({
      tree: directory.tree,
      path: joinPath("", at(directory, path)),
    }),
  },
  filter: {
    description: "Part of the directory.",
    args: arg.selection,
    type: "Directory!",
    resolve: (directory, { include, exclude, gitignore }) => ({
      tree: edits.selected({ include, exclude, gitignore }, [topOf(directory)]),
      path: "",
    }),
  },
  diff: {
    description: "What is new or different in another directory; not what is gone.",
    args: {
      other: { type: "ID!", expects: "Directory", description: "The directory to compare with" },
    },
    type: "Directory!",
    resolve: async (directory, { other }, session) => ({
      tree: edits.diffed(null, [
        topOf(directory),
        topOf(await session.load<Directory>("Directory", other)),
      ]),
      path: "",
    }),
  },
};

/** The file at a path; it is looked up at once, so that a missing one fails here. */
export async function fileIn(directory: Directory, path: string, session: Session): Promise<File> {
  const file = edits.fileAt({ path: at(directory, path), named: path }, [directory.tree]);
  await session.context.solver.solve(file);
  return { file, name: partsOf(path).at(-1) ?? "" };
}
