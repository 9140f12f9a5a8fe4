import { join } from "node:path";
import { layerOver } from "../../runner/layer-over.ts";
import { lstatIn, resolveIn } from "../../runner/merged.ts";
import type { Snapshot } from "../../runner/snapshot.ts";
import { resolveOwner, resolveUser } from "../../runner/users.ts";
import { ApiError } from "../../tree/api-error.ts";
import { type Digest, digestOfJson, type Json } from "../../tree/digest.ts";
import { merge, withOwner } from "../../tree/edit.ts";
import { glob } from "../../tree/glob.ts";
import { loadTree, saveTree } from "../../tree/kept-trees.ts";
import { materialise } from "../../tree/materialise.ts";
import { cleanPath, find } from "../../tree/paths.ts";
import { select } from "../../tree/select.ts";
import { digestOfNode, emptyTree, type Node, type Tree } from "../../tree/tree.ts";
import { defineOperation, type Kept } from "../operation.ts";
import { keepSnapshot, nodeIn } from "./snapshot.ts";
import { withPermissions } from "./tree-edit.ts";
import { inMemory } from "./tree-source.ts";

/** What one source of a COPY names, as it will lie in the destination's folder. */
export interface CopySource {
  /** one file, or one directory whose attributes a new destination gets, or anything else */
  readonly shape: "file" | "directory" | "many";
  readonly tree: Tree;
}

type SourceArgs = {
  pattern: string;
  exclude: readonly string[];
  /** the instruction, for messages; no part of the key, since lines move */
  where: string;
};

const byContents = ({ shape, tree }: CopySource): Digest =>
  digestOfJson([shape, digestOfNode(tree)]);
const withoutPlace = ({ pattern, exclude }: SourceArgs): Json => ({ pattern, exclude });

const keepSource: Kept<CopySource> = {
  keep: true,
  store: ({ shape, tree }, { cache }) => ({ shape, tree: saveTree(cache, tree) }),
  restore(kept, { cache }) {
    const { shape, tree } = kept as { shape: CopySource["shape"]; tree: Digest };
    const found = loadTree(cache, tree);
    return found && { shape, tree: found };
  },
};

/** A source in a build context; everything in it is root's. */
export const copySourceInTree = defineOperation<SourceArgs, CopySource>({
  name: "COPY source",
  identity: byContents,
  identify: withoutPlace,
  caching: inMemory,
  async run(args, [tree], { cache }) {
    const found = sourceIn(tree as Tree, args);
    const rootsOwn = withOwner(found.tree, { uid: 0, gid: 0 }) as Tree;
    return { ...found, tree: select(rootsOwn, { exclude: args.exclude }, cache) };
  },
});

/** A source in another stage or image; owners stay. */
export const copySourceInSnapshot = defineOperation<SourceArgs, CopySource>({
  name: "COPY --from source",
  identity: byContents,
  identify: withoutPlace,
  caching: keepSource,
  async run(args, inputs, { cache, runner }) {
    const snapshot = inputs[0] as Snapshot;
    // Only what can match is read: the folder before the first wildcard.
    const fixed = args.pattern.split("/").filter((part) => part !== "");
    const wild = fixed.findIndex((part) => /[*?[]/u.test(part));
    const above = wild < 0 ? fixed : fixed.slice(0, wild);
    const node = await nodeIn(snapshot, above.join("/"), cache, runner);
    if (!node) throw notFound(args);
    const name = above.at(-1) ?? "";
    const rest = wild < 0 ? "" : fixed.slice(wild).join("/");
    if (rest === "") return excluding(sourceOf(name, node), args, cache);
    if (node.kind !== "directory") throw notFound(args);
    return excluding(sourceIn(node, { ...args, pattern: rest }), args, cache);
  },
});

function excluding(
  source: CopySource,
  { exclude }: SourceArgs,
  cache: Parameters<typeof select>[2],
): CopySource {
  return exclude.length === 0
    ? source
    : { ...source, tree: select(source.tree, { exclude }, cache) };
}

function sourceIn(tree: Tree, args: SourceArgs): CopySource {
  const pattern = cleanPath(args.pattern);
  if (!/[*?[]/u.test(pattern)) {
    const node = find(tree, pattern)?.node;
    if (!node) throw notFound(args);
    return sourceOf(pattern.split("/").at(-1) ?? "", node);
  }
  const matches = glob(tree, pattern).map((match) => cleanPath(match));
  const sources = matches.flatMap((path) => {
    const node = find(tree, path)?.node;
    return node ? [sourceOf(path.split("/").at(-1) ?? "", node)] : [];
  });
  return sources.length === 1 ? (sources[0] as CopySource) : together(sources);
}

function notFound({ pattern, where }: SourceArgs): ApiError {
  return new ApiError(`"/${cleanPath(pattern)}": not found (${where})`);
}

function sourceOf(name: string, node: Node): CopySource {
  if (node.kind === "directory") return { shape: "directory", tree: node };
  return { shape: "file", tree: { ...emptyTree, entries: new Map([[name, node]]) } };
}

function together(sources: readonly CopySource[]): CopySource {
  const tree = sources.reduce<Node>((all, source) => merge(all, source.tree), emptyTree) as Tree;
  return { shape: "many", tree };
}

/** The file system after a COPY: one layer, whatever the number of sources. */
export const dockerCopied = defineOperation<
  { destination: string; owner: string | null; mode: number | null },
  Snapshot
>({
  name: "COPY",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ destination, owner, mode }, [snapshot, ...inputs], { cache }) {
    const before = snapshot as Snapshot;
    const sources = inputs as CopySource[];
    const { shape, tree } = sources.length === 1 ? (sources[0] as CopySource) : together(sources);
    const permitted = withPermissions(tree, mode) as Tree;
    const laid =
      owner === null
        ? permitted
        : (withOwner(permitted, resolveOwner(cache, before, owner)) as Tree);
    const parts = resolveIn(cache, before, destination);
    const there = parts.length === 0 || lstatIn(cache, before, parts)?.stat.isDirectory();
    const intoFolder = shape !== "file" || destination.endsWith("/") || there;
    if (!intoFolder) {
      const [node] = laid.entries.values();
      return layerOver(cache, before, parts, (at) => materialise(node as Node, at, cache));
    }
    if (shape === "directory" && !there) {
      return layerOver(cache, before, parts, (at) => materialise(laid, at, cache));
    }
    const [first, ...others] = [...laid.entries];
    if (!first) return before;
    return layerOver(cache, before, [...parts, first[0]], (at) => {
      materialise(first[1], at, cache);
      for (const [name, node] of others) materialise(node, join(at, "..", name), cache);
    });
  },
});

/** A working directory that is made when it is missing; it is the user's. */
export const workdirMade = defineOperation<{ path: string; user: string }, Snapshot>({
  name: "WORKDIR",
  identity: "recipe",
  caching: keepSnapshot,
  async run({ path, user }, [snapshot], { cache }) {
    const before = snapshot as Snapshot;
    const parts = resolveIn(cache, before, path);
    if (parts.length === 0 || lstatIn(cache, before, parts)) return before;
    const { uid, gid } = resolveUser(cache, before, user);
    return layerOver(cache, before, parts, (at) =>
      materialise({ ...emptyTree, uid, gid }, at, cache),
    );
  },
});
