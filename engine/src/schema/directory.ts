import { join, posix, resolve } from "node:path";
import type { Operation } from "../graph/operation.ts";
import * as edits from "../graph/operations/tree-edit.ts";
import { newFile, noFiles } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import { exportTree } from "../tree/export.ts";
import { glob } from "../tree/glob.ts";
import { cleanPath, type Found, find, joinPath, partsOf, sortedNames } from "../tree/paths.ts";
import { digestOfNode, type Node, type Tree } from "../tree/tree.ts";
import * as arg from "./arguments.ts";
import { type Arguments, defineType, type Field, type Session } from "./define.ts";
import { topOf } from "./directory-top.ts";
import { dockerBuildField } from "./docker-build/field.ts";
import { checkLength } from "./file-name.ts";
import { statOf } from "./stat.ts";
import type { Directory, File } from "./values.ts";

/** A directory with nothing in it. */
export const emptyDirectory: Directory = { tree: noFiles(null), path: "" };

/** The tree below a directory's top. */
function solveDirectory(directory: Directory, session: Session): Promise<Tree> {
  return session.context.solver.solve(topOf(directory));
}

/** The directory after an edit of its tree. */
function edited(
  directory: Directory,
  edit: (inputs: readonly Operation[]) => Operation<Tree>,
): Directory {
  return { tree: edit([directory.tree]), path: directory.path };
}

function at(directory: Directory, path: string): string {
  const slash = path.endsWith("/") ? "/" : "";
  return `${cleanPath(`${directory.path}/${path}`)}${slash}`;
}

/** The file at a path; it is looked up at once, so that a missing one fails here. */
async function fileIn(directory: Directory, path: string, session: Session): Promise<File> {
  const file = edits.fileAt({ path: at(directory, path), named: path }, [directory.tree]);
  await session.context.solver.solve(file);
  return { file, name: partsOf(path).at(-1) ?? "" };
}

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

const kinds: Readonly<Record<string, Node["kind"]>> = {
  REGULAR_TYPE: "file",
  DIRECTORY_TYPE: "directory",
  SYMLINK_TYPE: "symlink",
};

export const directoryType = defineType<Directory>({
  name: "Directory",
  description: "A directory.",
  fields: {
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
    dockerBuild: dockerBuildField,
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
    withError: {
      description: "Fails with these words.",
      args: { err: { type: "String!", description: "The words; none does nothing" } },
      type: "Directory!",
      resolve(directory, { err }) {
        if (err !== "") throw new ApiError(err);
        return directory;
      },
    },
    export: {
      description: "Writes the directory into a folder of the host; answers its path.",
      args: {
        path: arg.path("Folder of the host, relative to where the command runs"),
        wipe: {
          type: "Boolean",
          default: false,
          description: "Remove first what is there and not in the directory",
        },
      },
      type: "String!",
      async resolve(directory, { path, wipe }, session) {
        const folder = hostPath(path, session);
        exportTree(await solveDirectory(directory, session), folder, session.context.cache, wipe);
        return folder;
      },
    },
    sync: {
      description: "Makes the directory now; answers its id.",
      args: {},
      type: "ID!",
      async resolve(directory, _args, session) {
        await solveDirectory(directory, session);
        return session.idOf("Directory", directory);
      },
    },
  },
});

/** What is at a path, for those who ask whether something is; below a file nothing can be. */
function lookAt(top: Tree, path: string, follow: boolean): Found | undefined {
  const parts = partsOf(path);
  const above = find(top, parts.slice(0, -1).join("/"));
  if (above && above.node.kind !== "directory") {
    throw new ApiError(`lstat /${parts.join("/")}: not a directory`);
  }
  return path === "" ? undefined : find(top, path, follow);
}

/** A path of the host, relative to where the command runs; `~` is the client's home. */
export function hostPath(path: string, session: Session): string {
  const home = session.env.HOME;
  const full = home && /^~(?:\/|$)/u.test(path) ? join(home, path.slice(1)) : path;
  return resolve(session.workdir, full);
}
