import * as arg from "./arguments.ts";
import {
  absolute,
  expandVariables,
  mountSource,
  withMount,
  withoutImageRef,
} from "./container-values.ts";
import type { Arguments, Field } from "./define.ts";
import { topOf } from "./directory-tree.ts";
import type { CacheVolume, Container, Directory, File, Secret, Socket } from "./values.ts";

function pathOf(container: Container, { path, expand }: Arguments): string {
  const clean = absolute(container, expand ? expandVariables(container, path) : path);
  return clean === "/" ? clean : clean.replace(/\/$/u, "");
}

/** What is put over a container's files while commands run. */
export const containerMountFields: Readonly<Record<string, Field<Container>>> = {
  mounts: {
    description: "Paths of the mounts of directories, files, caches and temporary storage.",
    args: {},
    type: "[String!]!",
    resolve: ({ mounts }) => mounts.filter(({ kind }) => kind !== "secret").map(({ path }) => path),
  },
  withMountedDirectory: {
    description:
      "The container with a directory mounted; what is written there stays in the mount.",
    args: {
      path: arg.path("Where it is mounted"),
      source: { type: "ID!", expects: "Directory", description: "The directory" },
      owner: arg.owner,
      readOnly: { type: "Boolean", default: false, description: "Nothing may be written there" },
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const source = topOf(await session.load<Directory>("Directory", args.source));
      return withMount(container, {
        path: pathOf(container, args),
        kind: "directory",
        source: mountSource(container, source, null, args.owner),
        readOnly: args.readOnly,
      });
    },
  },
  withMountedFile: {
    description: "The container with a file mounted.",
    args: {
      path: arg.path("Where it is mounted"),
      source: { type: "ID!", expects: "File", description: "The file" },
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const { file, name } = await session.load<File>("File", args.source);
      return withMount(container, {
        path: pathOf(container, args),
        kind: "file",
        source: mountSource(container, file, name, args.owner),
        name,
      });
    },
  },
  withMountedCache: {
    description: "The container with a cache volume mounted: what is written there outlives it.",
    args: {
      path: arg.path("Where it is mounted"),
      cache: { type: "ID!", expects: "CacheVolume", description: "The cache volume" },
      source: { type: "ID", expects: "Directory", description: "What an empty volume starts with" },
      sharing: {
        type: "CacheSharingMode",
        description: "What happens when two steps use it at the same time",
      },
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const volume = await session.load<CacheVolume>("CacheVolume", args.cache);
      const given = args.source
        ? await session.load<Directory>("Directory", args.source)
        : undefined;
      const source = given ? mountSource(container, topOf(given), null, "") : volume.source;
      const owner = args.owner || volume.owner;
      return withMount(container, {
        path: pathOf(container, args),
        kind: "cache",
        volume: volume.key,
        sharing: args.sharing ?? volume.sharing ?? "SHARED",
        ...(source ? { source } : {}),
        ...(owner ? { owner } : {}),
      });
    },
  },
  withMountedTemp: {
    description: "The container with temporary storage in memory.",
    args: {
      path: arg.path("Where it is mounted"),
      size: { type: "Int", description: "Most that fits, in bytes" },
      expand: arg.expand,
    },
    type: "Container!",
    resolve: (container, args) =>
      withMount(container, {
        path: pathOf(container, args),
        kind: "temp",
        ...(args.size ? { size: args.size } : {}),
      }),
  },
  withMountedSecret: {
    description: "The container with a secret as a file, in memory only.",
    args: {
      path: arg.path("Where it is mounted"),
      source: { type: "ID!", expects: "Secret", description: "The secret" },
      owner: arg.owner,
      mode: { ...arg.permissions, default: 0o400 },
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const { reference } = await session.load<Secret>("Secret", args.source);
      return withMount(container, {
        path: pathOf(container, args),
        kind: "secret",
        secret: reference,
        mode: args.mode,
        ...(args.owner ? { owner: args.owner } : {}),
      });
    },
  },
  withUnixSocket: {
    description: "The container with a Unix socket of the host; its commands can connect to it.",
    args: {
      path: arg.path("Where it is mounted"),
      source: { type: "ID!", expects: "Socket", description: "The socket" },
      owner: arg.owner,
      expand: arg.expand,
    },
    type: "Container!",
    async resolve(container, args, session) {
      const { path: socket } = await session.load<Socket>("Socket", args.source);
      const path = pathOf(container, args);
      const mounted = { path, socket, ...(args.owner ? { owner: args.owner } : {}) };
      const sockets = [...socketsBeside(container, path), mounted];
      return withoutImageRef({ ...container, sockets });
    },
  },
  withoutUnixSocket: {
    description: "The container without the Unix socket at a path.",
    args: { path: arg.path("Where it is mounted"), expand: arg.expand },
    type: "Container!",
    resolve: (container, args) =>
      withoutImageRef({ ...container, sockets: socketsBeside(container, pathOf(container, args)) }),
  },
  withoutMount: {
    description: "The container without the mount at a path.",
    args: { path: arg.path("Where it is mounted"), expand: arg.expand },
    type: "Container!",
    resolve(container, args) {
      const gone = pathOf(container, args);
      const mounts = container.mounts.filter(({ path }) => path !== gone);
      return withoutImageRef({ ...container, mounts });
    },
  },
};

function socketsBeside({ sockets = [] }: Container, path: string) {
  return sockets.filter((each) => each.path !== path);
}
