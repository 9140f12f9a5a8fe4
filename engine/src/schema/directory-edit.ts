import { posix } from "node:path";
import type { Operation } from "../graph/operation.ts";
import * as edits from "../graph/operations/tree-edit.ts";
import { newFile } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import * as arg from "./arguments.ts";
import type { Arguments, Field } from "./define.ts";
import { at, edited, topOf } from "./directory-tree.ts";
import { checkLength } from "./file-name.ts";
import type { Directory, File } from "./values.ts";

const place = (directory: Directory, args: Arguments, input: Operation, name: string | null) =>
  edited(directory, ([tree]) =>
    edits.placed(
      {
        path: at(directory, args.path),
        name,
        permissions: args.permissions ?? null,
        owner: args.owner || null,
      },
      [tree as Operation, input],
    ),
  );

const without: Field<Directory>["resolve"] = (directory, args) =>
  edited(directory, (inputs) =>
    edits.withoutPaths({ base: directory.path, patterns: args.paths ?? [args.path] }, inputs),
  );

/** A directory with something put in or taken away. */
export const directoryEditFields: Readonly<Record<string, Field<Directory>>> = {
  withNewFile: {
    description: "The directory with a new file.",
    args: {
      path: arg.path('Where it goes (example: "file.txt")'),
      contents: { type: "String!", description: "What it holds" },
      permissions: { ...arg.permissions, default: 0o644 },
    },
    type: "Directory!",
    resolve(directory, { path, contents, permissions }) {
      checkLength(path);
      const file = newFile({ contents, mode: permissions || 0o644 });
      return edited(directory, ([tree]) =>
        edits.written({ path: at(directory, path.replace(/\/+$/u, "")) }, [
          tree as Operation,
          file,
        ]),
      );
    },
  },
  withFile: {
    description: "The directory with a file copied in.",
    args: {
      path: arg.path("Where it goes; a directory keeps the file's own name"),
      source: { type: "ID!", expects: "File", description: "The file" },
      permissions: arg.permissions,
      owner: arg.owner,
    },
    type: "Directory!",
    async resolve(directory, args, session) {
      const source = await session.load<File>("File", args.source);
      return place(directory, args, source.file, source.name);
    },
  },
  withFiles: {
    description: "The directory with files copied in, each under its own name.",
    args: {
      path: arg.path("Directory that they go to"),
      sources: { type: "[ID!]!", expects: "File", description: "The files" },
      permissions: arg.permissions,
    },
    type: "Directory!",
    async resolve(directory, args, session) {
      let result = directory;
      for (const id of args.sources) {
        const source = await session.load<File>("File", id);
        const target = { ...args, path: `${args.path}/${source.name}` };
        result = place(result, target, source.file, null);
      }
      return result;
    },
  },
  withDirectory: {
    description: "The directory with another one laid at a path; directories of one name merge.",
    args: {
      path: arg.path("Where it goes"),
      source: { type: "ID!", expects: "Directory", description: "The directory" },
      ...arg.selection,
      owner: arg.owner,
      permissions: arg.permissions,
    },
    type: "Directory!",
    async resolve(directory, args, session) {
      const source = topOf(await session.load<Directory>("Directory", args.source));
      const { include, exclude, gitignore } = args;
      const part = edits.selected({ include, exclude, gitignore }, [source]);
      return place(directory, args, part, null);
    },
  },
  withNewDirectory: {
    description: "The directory with a new directory, and those on the way to it.",
    args: {
      path: arg.path("Where it goes"),
      permissions: { ...arg.permissions, default: 0o644 },
    },
    type: "Directory!",
    resolve(directory, { path, permissions }) {
      const clean = posix.normalize(path);
      if (clean.startsWith("../")) {
        throw new ApiError(`cannot create directory outside parent: ${clean}`);
      }
      return edited(directory, (inputs) =>
        edits.withDirectoryMade(
          { path: at(directory, path), permissions: permissions || 0o755 },
          inputs,
        ),
      );
    },
  },
  withSymlink: {
    description: "The directory with a symbolic link.",
    args: {
      target: { type: "String!", description: "What it points to" },
      linkName: { type: "String!", description: "Where it goes" },
    },
    type: "Directory!",
    resolve: (directory, { target, linkName }) =>
      edited(directory, (inputs) =>
        edits.withLink({ path: at(directory, linkName), target }, inputs),
      ),
  },
  withoutFile: {
    description: "The directory without a file.",
    args: { path: arg.path("Path or pattern of what goes") },
    type: "Directory!",
    resolve: without,
  },
  withoutFiles: {
    description: "The directory without files.",
    args: { paths: { type: "[String!]!", description: "Paths or patterns of what goes" } },
    type: "Directory!",
    resolve: without,
  },
  withoutDirectory: {
    description: "The directory without a directory.",
    args: { path: arg.path("Path or pattern of what goes") },
    type: "Directory!",
    resolve: without,
  },
  withTimestamps: {
    description: "The directory with the times of everything in it set.",
    args: { timestamp: arg.timestamp },
    type: "Directory!",
    resolve: (directory, { timestamp }) => ({
      tree: edits.timestamped({ timestamp }, [topOf(directory)]),
      path: "",
    }),
  },
  chown: {
    description: "The directory with another owner of a path and all below it.",
    args: {
      path: arg.path("Path"),
      owner: { type: "String!", description: "Owner as id or id:id" },
    },
    type: "Directory!",
    resolve: (directory, { path, owner }) =>
      edited(directory, (inputs) => edits.owned({ path: at(directory, path), owner }, inputs)),
  },
};
