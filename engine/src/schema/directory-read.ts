import { posix } from "node:path";
import { ApiError } from "../tree/api-error.ts";
import { glob } from "../tree/glob.ts";
import { cleanPath, type Found, find, partsOf, sortedNames } from "../tree/paths.ts";
import { digestOfNode, type Node, type Tree } from "../tree/tree.ts";
import * as arg from "./arguments.ts";
import type { Field } from "./define.ts";
import { solveDirectory } from "./directory-tree.ts";
import { directorySearchField } from "./search.ts";
import { statOf } from "./stat.ts";
import type { Directory } from "./values.ts";

const kinds: Readonly<Record<string, Node["kind"]>> = {
  REGULAR_TYPE: "file",
  DIRECTORY_TYPE: "directory",
  SYMLINK_TYPE: "symlink",
};

/** What can be learnt of a directory. */
export const directoryReadFields: Readonly<Record<string, Field<Directory>>> = {
  name: {
    description: "Name of the directory, with a slash at its end.",
    args: {},
    type: "String!",
    async resolve(directory, _args, session) {
      await solveDirectory(directory, session);
      return `${partsOf(directory.path).at(-1) ?? directory.name ?? ""}/`;
    },
  },
  entries: {
    description:
      "Names of what is in a directory, in the order of their bytes; directories end with a slash.",
    args: { path: { type: "String", description: "Directory to look at (default: the top)" } },
    type: "[String!]!",
    async resolve(directory, { path }, session) {
      const top = await solveDirectory(directory, session);
      const found = find(top, path ?? "")?.node;
      if (!found) throw new ApiError(`open /${cleanPath(path)}: no such file or directory`);
      if (found.kind !== "directory") {
        throw new ApiError(`open /${cleanPath(path)}: not a directory`);
      }
      return sortedNames(found).map((name) =>
        found.entries.get(name)?.kind === "directory" ? `${name}/` : name,
      );
    },
  },
  glob: {
    description: "Paths that match a pattern.",
    args: { pattern: { type: "String!", description: 'Pattern (example: "**/*.md")' } },
    type: "[String!]!",
    resolve: async (directory, { pattern }, session) =>
      glob(await solveDirectory(directory, session), pattern),
  },
  digest: {
    description: "Digest of the contents, names and permissions; not of times.",
    args: {},
    type: "String!",
    resolve: async (directory, _args, session) =>
      digestOfNode(await solveDirectory(directory, session)),
  },
  search: directorySearchField,
  exists: {
    description: "Is there something at a path?",
    args: {
      path: arg.path("Path to look at"),
      expectedType: arg.expectedType,
      doNotFollowSymlinks: arg.followLinks,
    },
    type: "Boolean!",
    async resolve(directory, { path, expectedType, doNotFollowSymlinks }, session) {
      const top = await solveDirectory(directory, session);
      const follow = !doNotFollowSymlinks && expectedType !== "SYMLINK_TYPE";
      const node = lookAt(top, path, follow)?.node;
      return expectedType ? node?.kind === kinds[expectedType as string] : node !== undefined;
    },
  },
  stat: {
    description: "Kind, size and permissions of what is at a path.",
    args: { path: arg.path("Path to look at"), doNotFollowSymlinks: arg.followLinks },
    type: "Stat",
    async resolve(directory, { path, doNotFollowSymlinks }, session) {
      const top = await solveDirectory(directory, session);
      const found = lookAt(top, path, !doNotFollowSymlinks);
      if (!found) throw new ApiError(`stat ${path}: no such file or directory`);
      return statOf(partsOf(found.path).at(-1) ?? "", found.node);
    },
  },
  findUp: {
    description: "Nearest path of a name, looking from a directory upwards.",
    args: {
      name: { type: "String!", description: "Name to look for" },
      start: { type: "String!", description: "Directory to start in" },
    },
    type: "String",
    async resolve(directory, { name, start }, session) {
      if (name === "") throw new ApiError("name cannot be empty");
      const from = posix.normalize(start || ".");
      if (from.startsWith("../")) throw new ApiError(`cannot search outside parent: ${from}`);
      const top = await solveDirectory(directory, session);
      const parts = partsOf(from);
      if (find(top, from)?.node.kind !== "directory") {
        throw new ApiError(`stat ${from}: no such file or directory`);
      }
      for (; ; parts.pop()) {
        if (find(top, [...parts, name].join("/"), false)) return [...parts, name].join("/");
        if (parts.length === 0) return null;
      }
    },
  },
};

/** What is at a path, for those who ask whether something is; below a file nothing can be. */
function lookAt(top: Tree, path: string, follow: boolean): Found | undefined {
  const parts = partsOf(path);
  const above = find(top, parts.slice(0, -1).join("/"));
  if (above && above.node.kind !== "directory") {
    throw new ApiError(`lstat /${parts.join("/")}: not a directory`);
  }
  return path === "" ? undefined : find(top, path, follow);
}
