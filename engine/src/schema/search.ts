import { ApiError } from "../tree/api-error.ts";
import { readBlob } from "../tree/blobs.ts";
import { type SearchMatch, searchTree } from "../tree/search.ts";
import { select } from "../tree/select.ts";
import { emptyTree, type Tree } from "../tree/tree.ts";
import { type Argument, type Arguments, defineType, type Field, type Session } from "./define.ts";
import { solveDirectory } from "./directory-tree.ts";
import type { Directory, File } from "./values.ts";

const flag = (description: string): Argument => ({ type: "Boolean", default: false, description });
const paths = (description: string): Argument => ({ type: "[String!]", default: [], description });

const where = {
  paths: paths("Files or directories to search (default: all)"),
  globs: paths('Only files that match one of these; ! leaves out (example: ["*.md"])'),
};

const searchArguments: Readonly<Record<string, Argument>> = {
  pattern: { type: "String!", description: "Regular expression to look for" },
  literal: flag("The pattern is a text, not a regular expression"),
  multiline: flag("Matches may span lines"),
  dotall: flag("With multiline: . matches the ends of lines too"),
  insensitive: flag("Upper and lower case are the same"),
  skipIgnored: flag("Leave out what the .gitignore files name"),
  skipHidden: flag("Leave out files and directories whose name begins with a dot"),
  filesOnly: flag("Only which files match"),
  limit: { type: "Int", description: "Most results" },
};

export const directorySearchField: Field<Directory> = {
  description: "Lines of its files that match a pattern.",
  args: { ...where, ...searchArguments },
  type: "[SearchResult!]!",
  resolve: async (directory, args, session) =>
    search(await solveDirectory(directory, session), args, session),
};

export const fileSearchField: Field<File> = {
  description: "Lines of the file that match a pattern.",
  args: { ...where, ...searchArguments },
  type: "[SearchResult!]!",
  async resolve({ file, name }, args, session) {
    const node = await session.context.solver.solve(file);
    const alone: Tree = { ...emptyTree, entries: new Map([[name, node]]) };
    return search(alone, { ...args, paths: [name], globs: [], skipIgnored: false }, session);
  },
};

function search(tree: Tree, args: Arguments, session: Session): Promise<SearchMatch[]> {
  const { cache } = session.context;
  if (args.pattern === "") throw new ApiError("search: the pattern is empty");
  const { skipIgnored, limit, ...options } = args;
  const searched = skipIgnored ? select(tree, { gitignore: true }, cache) : tree;
  const most = limit ?? Number.POSITIVE_INFINITY;
  return searchTree(
    searched,
    { ...(options as Parameters<typeof searchTree>[1]), limit: most },
    (file) => readBlob(cache, file.blob),
  );
}

export const searchResultType = defineType<SearchMatch>({
  name: "SearchResult",
  description: "Lines of a file in which something was found.",
  fields: {
    filePath: {
      description: "Path of the file.",
      args: {},
      type: "String!",
      resolve: ({ filePath }) => filePath,
    },
    lineNumber: {
      description: "Number of the first line.",
      args: {},
      type: "Int!",
      resolve: ({ lineNumber }) => lineNumber,
    },
    absoluteOffset: {
      description: "Where the first line begins in the file, in bytes.",
      args: {},
      type: "Int!",
      resolve: ({ absoluteOffset }) => absoluteOffset,
    },
    matchedLines: {
      description: "The lines.",
      args: {},
      type: "String!",
      resolve: ({ matchedLines }) => matchedLines,
    },
    submatches: {
      description: "What matched within the lines.",
      args: {},
      type: "[SearchSubmatch!]!",
      resolve: ({ submatches }) => submatches,
    },
  },
});

export const searchSubmatchType = defineType<SearchMatch["submatches"][number]>({
  name: "SearchSubmatch",
  description: "A match within lines.",
  fields: {
    text: { description: "What matched.", args: {}, type: "String!", resolve: ({ text }) => text },
    start: {
      description: "Where it begins, in bytes from the beginning of the lines.",
      args: {},
      type: "Int!",
      resolve: ({ start }) => start,
    },
    end: {
      description: "Where it ends, in bytes from the beginning of the lines.",
      args: {},
      type: "Int!",
      resolve: ({ end }) => end,
    },
  },
});
