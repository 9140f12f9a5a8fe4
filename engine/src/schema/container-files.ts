import { posix } from "node:path";
import { fileOf, mounted, treeOf } from "../graph/operations/snapshot.ts";
import { failing, selected } from "../graph/operations/tree-edit.ts";
import { newFile } from "../graph/operations/tree-source.ts";
import { lstatIn, resolveIn } from "../runner/merged.ts";
import type { Snapshot } from "../runner/snapshot.ts";
import { ApiError } from "../tree/api-error.ts";
import * as arg from "./arguments.ts";
import {
  absolute,
  type Copy,
  expandVariables,
  mountOf,
  withCopied,
  withLinkAt,
  withRemoved,
} from "./container-values.ts";
import type { Arguments, Field, Session } from "./define.ts";
import { topOf } from "./directory-tree.ts";
import type { Container, Directory, File } from "./values.ts";

/** A path argument, expanded if asked for, as an absolute path of the container. */
function pathOf(container: Container, args: Arguments, name = "path"): string {
  const text = args.expand ? expandVariables(container, args[name]) : args[name];
  return absolute(container, text);
}

function copyOf(container: Container, args: Arguments, name: string | null): Copy {
  return {
    path: pathOf(container, args),
    name,
    permissions: args.permissions ?? null,
    owner: args.owner || null,
  };
}

/** Where a path's files are: the root file system, or the mount that it lies in. */
function placeOf(container: Container, path: string) {
  const found = mountOf(container, path);
  if (!found) return { source: container.rootfs, path };
  const { mount, inside } = found;
  if (mount.kind === "directory") return { source: mount.source, path: inside };
  if (mount.kind === "file") return { source: mount.source, path: `/${mount.name}` };
  if (mount.kind === "secret") return { source: container.rootfs, path };
  const what = mount.kind === "cache" ? "cache" : "tmpfs";
  return { source: failing({ message: `${path}: cannot retrieve path from ${what}` }), path };
}

async function lookAt(container: Container, args: Arguments, session: Session) {
  const place = placeOf(container, pathOf(container, args));
  const snapshot: Snapshot = await session.context.solver.solve(place.source);
  const { cache } = session.context;
  const clean = posix.normalize(place.path);
  const parts = args.doNotFollowSymlinks
    ? [
        ...resolveIn(cache, snapshot, posix.dirname(clean)),
        ...(clean === "/" ? [] : [posix.basename(clean)]),
      ]
    : resolveIn(cache, snapshot, clean);
  const above = parts.length > 1 ? lstatIn(cache, snapshot, parts.slice(0, -1)) : undefined;
  if (above && !above.stat.isDirectory()) {
    throw new ApiError(`lstat ${clean}: not a directory`);
  }
  return { found: lstatIn(cache, snapshot, parts), name: parts.at(-1) ?? "/", path: clean };
}

/** Files in and out of a container. */
export const containerFileFields: Readonly<Record<string, Field<Container>>> = {
  rootfs: {
    description: "The container's root file system, without its mounts.",
    args: {},
    type: "Directory!",
    resolve: ({ rootfs }) => ({ tree: treeOf({ path: "/" }, [rootfs]), path: "" }),
  },
  withRootfs: {
    description: "The container with another root file system.",
    args: { directory: { type: "ID!", expects: "Directory", description: "The files" } },
    type: "Container!",
    resolve: async (container, { directory }, session) => ({
      ...container,
      rootfs: mounted({ name: null, owner: null }, [
        topOf(await session.load<Directory>("Directory", directory)),
      ]),
    }),
  },
  directory: {
    description: "A directory of the container.",
    args: { path: arg.path("Where it is"), expand: arg.expand },
    type: "Directory!",
    resolve(container, args) {
      const place = placeOf(container, pathOf(container, args));
      const clean = posix.resolve("/", place.path);
      return {
        tree: treeOf({ path: clean }, [place.source]),
        path: "",
        name: posix.basename(clean),
      };
    },
  },
  file: {
    description: "A file of the container.",
    args: { path: arg.path("Where it is"), expand: arg.expand },
    type: "File!",
    resolve(container, args) {
      const path = pathOf(container, args);
      const place = placeOf(container, path);
      const clean = posix.resolve("/", place.path);
      return { file: fileOf({ path: clean }, [place.source]), name: posix.basename(path) };
    },
  },
  exists: {
    description: "Is there something at a path?",
    args: {
      path: arg.path("Path to look at"),
      expectedType: arg.expectedType,
      doNotFollowSymlinks: arg.followLinks,
      expand: arg.expand,
    },
    type: "Boolean!",
    async resolve(container, args, session) {
      const asLink = args.expectedType === "SYMLINK_TYPE";
      const looked = { ...args, doNotFollowSymlinks: args.doNotFollowSymlinks || asLink };
      const { found } = await lookAt(container, looked, session);
      if (!found || !args.expectedType) return found !== undefined;
      if (asLink) return found.stat.isSymbolicLink();
      return args.expectedType === "DIRECTORY_TYPE"
        ? found.stat.isDirectory()
        : found.stat.isFile();
    },
  },
  stat: {
    description: "Kind, size and permissions of what is at a path.",
    args: { path: arg.path("Path to look at"), doNotFollowSymlinks: arg.followLinks },
    type: "Stat",
    async resolve(container, args, session) {
      const { found, name, path } = await lookAt(container, args, session);
      if (!found) throw new ApiError(`stat ${path}: no such file or directory`);
      const { stat } = found;
      const fileType = stat.isDirectory()
        ? "DIRECTORY"
        : stat.isSymbolicLink()
          ? "SYMLINK"
          : "REGULAR";
      return { name, size: stat.size, permissions: stat.mode & 0o777, fileType };
    },
  },
  withDirectory: {
    description: "The container with a directory copied in; directories of one name merge.",
    args: {
      path: arg.path("Where it goes"),
      source: { type: "ID!", expects: "Directory", description: "The directory" },
      ...arg.selection,
      owner: arg.owner,
      permissions: arg.permissions,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const source = topOf(await session.load<Directory>("Directory", args.source));
      const { include, exclude, gitignore } = args;
      const part = selected({ include, exclude, gitignore }, [source]);
      return withCopied(container, part, copyOf(container, args, null));
    },
  },
  withFile: {
    description: "The container with a file copied in.",
    args: {
      path: arg.path("Where it goes; a directory keeps the file's own name"),
      source: { type: "ID!", expects: "File", description: "The file" },
      permissions: arg.permissions,
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const source = await session.load<File>("File", args.source);
      return withCopied(container, source.file, copyOf(container, args, source.name));
    },
  },
  withFiles: {
    description: "The container with files copied in, each under its own name.",
    args: {
      path: arg.path("Directory that they go to"),
      sources: { type: "[ID!]!", expects: "File", description: "The files" },
      permissions: arg.permissions,
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      let result = container;
      for (const id of args.sources) {
        const source = await session.load<File>("File", id);
        const copy = copyOf(container, args, null);
        const path = posix.join(copy.path, source.name);
        result = withCopied(result, source.file, { ...copy, path });
      }
      return result;
    },
  },
  withNewFile: {
    description: "The container with a new file; its owner is root unless given.",
    args: {
      path: arg.path("Where it goes"),
      contents: { type: "String!", description: "What it holds" },
      permissions: { ...arg.permissions, default: 0o644 },
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    resolve(container, args) {
      const file = newFile({ contents: args.contents, mode: args.permissions });
      return withCopied(container, file, { ...copyOf(container, args, null), permissions: null });
    },
  },
  withSymlink: {
    description: "The container with a symbolic link.",
    args: {
      target: { type: "String!", description: "What it points to" },
      linkName: { type: "String!", description: "Where it goes" },
      expand: arg.expand,
    },
    type: "Container!",
    resolve(container, args) {
      const target = args.expand ? expandVariables(container, args.target) : args.target;
      return withLinkAt(container, pathOf(container, args, "linkName"), target);
    },
  },
  withoutFile: {
    description: "The container without a file.",
    args: { path: arg.path("Path or pattern of what goes"), expand: arg.expand },
    type: "Container!",
    resolve: (container, args) => withRemoved(container, pathOf(container, args)),
  },
  withoutFiles: {
    description: "The container without files.",
    args: {
      paths: { type: "[String!]!", description: "Paths or patterns of what goes" },
      expand: arg.expand,
    },
    type: "Container!",
    resolve: (container, args) =>
      args.paths.reduce(
        (rest: Container, path: string) =>
          withRemoved(rest, pathOf(container, { path, expand: args.expand })),
        container,
      ),
  },
  withoutDirectory: {
    description: "The container without a directory.",
    args: { path: arg.path("Path or pattern of what goes"), expand: arg.expand },
    type: "Container!",
    resolve: (container, args) => withRemoved(container, pathOf(container, args)),
  },
};
