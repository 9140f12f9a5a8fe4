import { chmodSync, chownSync, existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../../cache-folder.ts";
import type { ResolvedImage } from "../../images/image.ts";
import { resolveImage } from "../../images/resolve.ts";
import { layerOver, layerWithout } from "../../runner/layer-over.ts";
import { lstatIn, resolveIn } from "../../runner/merged.ts";
import type { RunningService } from "../../runner/services.ts";
import { type Snapshot, scratch } from "../../runner/snapshot.ts";
import { resolveOwner } from "../../runner/users.ts";
import { ApiError } from "../../tree/api-error.ts";
import type { Digest, Json } from "../../tree/digest.ts";
import { withOwner } from "../../tree/edit.ts";
import { loadTree, saveTree } from "../../tree/kept-trees.ts";
import { materialise } from "../../tree/materialise.ts";
import { scanFolder } from "../../tree/scan.ts";
import { emptyTree, type FileNode, type Node, type Tree } from "../../tree/tree.ts";
import { defineOperation, type Kept, uncached } from "../operation.ts";
import { expandIn } from "./expand-paths.ts";
import { withPermissions } from "./tree-edit.ts";
import { byContents, inMemory } from "./tree-source.ts";

/** Snapshots are kept by the names of their layers, and good as long as those are there. */
export const keepSnapshot: Kept<Snapshot> = {
  keep: true,
  store: (snapshot) => snapshot.layers as unknown as Json,
  restore: (kept, { cache }) => restoreSnapshot(kept, cache),
};

export function restoreSnapshot(kept: Json, cache: CacheFolder): Snapshot | undefined {
  const layers = kept as unknown as Snapshot["layers"];
  return layers.every((layer) => existsSync(join(cache.layers, layer))) ? { layers } : undefined;
}

export const emptySnapshot = defineOperation<null, Snapshot>({
  name: "scratch",
  identity: "recipe",
  caching: inMemory,
  run: async () => scratch,
});

/** What a reference means now; a tag's meaning is kept for a day by the images themselves. */
export const image = defineOperation<
  {
    reference: string;
    platform: string;
    digest?: Digest;
    /** no part of the key: an image is the same for everybody who may read it */
    login?: { username: string; secret: string };
    /** of the input, a service that is the registry: its port and its key */
    registry?: { port: number; identity: string };
  },
  ResolvedImage
>({
  name: "from",
  identify: ({ login: _login, ...asked }) => asked,
  identity: (resolved) => resolved.digest,
  caching: uncached("a tag can move"),
  async run(
    { reference, platform, digest, login, registry },
    [service],
    { cache, events, secrets, signal },
  ) {
    const log = (line: string) => events.notice(line);
    const password = login && (await secrets.plaintext(login.secret));
    const context = {
      ...(login && password ? { login: { username: login.username, password } } : {}),
      ...{ cache, signal, log },
    };
    const { address } = (service ?? {}) as Partial<RunningService>;
    const at = registry && { ...registry, address: `${address}:${registry.port}` };
    const resolved = await resolveImage(reference, platform, context, at);
    if (digest && resolved.digest !== digest) {
      throw new ApiError(`image ${reference} is not ${digest} any more, but ${resolved.digest}`);
    }
    return resolved;
  },
});

export const imageSnapshot = defineOperation<null, Snapshot>({
  name: "image",
  identity: "recipe",
  caching: inMemory,
  run: async (_args, [resolved]) => ({ layers: [(resolved as ResolvedImage).layer] }),
});

/** A tree, or one file under its name, as a snapshot of its own: what a mount starts from. */
export const mounted = defineOperation<{ name: string | null; owner: string | null }, Snapshot>({
  name: "mount source",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ name, owner }, inputs, { cache, runner }) {
    let node = inputs[0] as Node;
    if (owner !== null) node = withOwner(node, resolveOwner(cache, inputs[1] as Snapshot, owner));
    const tree: Tree =
      node.kind === "directory"
        ? node
        : { ...emptyTree, entries: new Map([[name as string, node]]) };
    const layer = await runner.makeLayer((folder) => {
      for (const [entry, child] of tree.entries) materialise(child, join(folder, entry), cache);
      applyAttributes(tree, folder);
    });
    return { layers: [layer] };
  },
});

/** A snapshot with a directory or file copied in; directories merge with those that are there. */
export const copiedIn = defineOperation<
  {
    path: string;
    name: string | null;
    permissions: number | null;
    owner: string | null;
  },
  Snapshot
>({
  name: "copy",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ path, name, permissions, owner }, inputs, { cache }) {
    const snapshot = inputs[0] as Snapshot;
    let node = withPermissions(inputs[1] as Node, permissions);
    if (owner !== null) {
      const users = (inputs[2] as Snapshot | undefined) ?? snapshot;
      node = withOwner(node, resolveOwner(cache, users, owner));
    }
    let parts = resolveIn(cache, snapshot, path);
    const before = lstatIn(cache, snapshot, parts);
    if (node.kind === "file" && name !== null) {
      if (path.endsWith("/") || before?.stat.isDirectory()) parts = [...parts, name];
    } else if (node.kind === "file" && before?.stat.isDirectory()) {
      throw new ApiError(`open ${path}: is a directory`);
    }
    return layerOver(cache, snapshot, parts, (at) => {
      if (node.kind !== "directory" || parts.length > 0) return materialise(node, at, cache);
      for (const [entry, child] of node.entries) materialise(child, join(at, entry), cache);
      applyAttributes(node, at);
    });
  },
});

/** A snapshot without what matches. */
export const removedFrom = defineOperation<{ patterns: readonly string[] }, Snapshot>({
  name: "remove",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ patterns }, [snapshot], { cache, runner }) {
    const before = snapshot as Snapshot;
    const paths = await runner.withView(before, async (view) => expandIn(view, patterns));
    if (paths.some((parts) => parts.length === 0)) {
      throw new ApiError("unlinkat /: device or resource busy");
    }
    return layerWithout(cache, before, paths);
  },
});

export const linkedIn = defineOperation<{ path: string; target: string }, Snapshot>({
  name: "symlink",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ path, target }, [snapshot], { cache }) {
    const before = snapshot as Snapshot;
    const parts = resolveIn(cache, before, path);
    if (lstatIn(cache, before, parts)) {
      throw new ApiError(`symlink ${target} ${path}: file exists`);
    }
    const node: Node = { kind: "symlink", target, mode: 0o777, uid: 0, gid: 0 };
    return layerOver(cache, before, parts, (at) => materialise(node, at, cache));
  },
});

/** A directory taken out of a container. */
export const treeOf = defineOperation<{ path: string }, Tree>({
  name: "directory of a container",
  identity: byContents,
  caching: {
    keep: true,
    store: (tree, { cache }) => saveTree(cache, tree),
    restore: (kept, { cache }) => loadTree(cache, kept as Digest),
  },
  async run({ path }, [snapshot], { cache, runner }) {
    const node = await nodeIn(snapshot as Snapshot, path, cache, runner);
    if (!node) throw new ApiError(`lstat ${path}: no such file or directory`);
    if (node.kind !== "directory") throw new ApiError(`path ${path} is a file, not a directory`);
    return node;
  },
});

/** A file taken out of a container. */
export const fileOf = defineOperation<{ path: string }, FileNode>({
  name: "file of a container",
  identity: byContents,
  caching: {
    keep: true,
    store: (file) => file as unknown as Json,
    restore: (kept, { cache }) => {
      const file = kept as unknown as FileNode;
      return existsSync(join(cache.blobs, file.blob.slice(7, 9), file.blob.slice(9)))
        ? file
        : undefined;
    },
  },
  async run({ path }, [snapshot], { cache, runner }) {
    const node = await nodeIn(snapshot as Snapshot, path, cache, runner);
    if (!node) throw new ApiError(`stat ${path}: no such file or directory`);
    if (node.kind !== "file") throw new ApiError(`path ${path} is a directory, not a file`);
    return node;
  },
});

/** What is at a path of a snapshot, links followed; undefined when there is nothing. */
export async function nodeIn(
  snapshot: Snapshot,
  path: string,
  cache: CacheFolder,
  runner: { withView<T>(snapshot: Snapshot, use: (path: string) => Promise<T>): Promise<T> },
): Promise<Node | undefined> {
  const parts = resolveIn(cache, snapshot, path);
  const found = lstatIn(cache, snapshot, parts);
  if (parts.length > 0 && !found) return undefined;
  if (found && !found.stat.isDirectory()) return scanFolder(found.file, cache);
  return runner.withView(snapshot, async (view) => scanFolder(join(view, ...parts), cache));
}

/** A folder that is there already gets what the tree's own top says. */
function applyAttributes(tree: Tree, folder: string): void {
  chownSync(folder, tree.uid, tree.gid);
  chmodSync(folder, tree.mode);
  if (tree.mtime !== undefined) utimesSync(folder, tree.mtime, tree.mtime);
}
