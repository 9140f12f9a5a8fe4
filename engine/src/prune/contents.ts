import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";

/** Something in a cache folder that is removed as a whole. */
export interface Item {
  /** below the cache folder: `results/ab/cdef…`, `layers/0123456789ab` */
  readonly name: string;
  /** what lies on disk for it */
  readonly paths: string[];
  readonly uses: Item[];
  /** how many items that are still there use it */
  users: number;
}

/** An item that is found by its name, not by others that use it: an answer, an image, a volume. */
export interface Root extends Item {
  /** when it was made or used itself, in milliseconds since the epoch */
  readonly touched: number;
  /** when it was last used, also through what was made of it */
  readonly lastUse: number;
}

export interface Contents {
  readonly roots: readonly Root[];
  /** layers, trees and blobs that nothing uses */
  readonly unused: readonly Item[];
}

/** Folders whose items are there for the sake of others; what is in any other folder is a root. */
const shared = ["layers", "trees", "blobs"] as const;

/** Roots and when they were last used, without reading what they use. */
export function readRoots(cache: CacheFolder): Root[] {
  const names = readdirSync(cache.root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => name !== "tmp" && !(shared as readonly string[]).includes(name));
  return names.flatMap((folder) =>
    // Answers are spread over folders of two letters.
    (folder === "results" ? twoLevels(cache, folder) : list(cache, folder)).flatMap((name) => {
      const path = join(cache.root, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (!stat) return [];
      const touched = stat.mtimeMs;
      return [{ name, paths: [path], uses: [], users: 0, touched, lastUse: touched }];
    }),
  );
}

/**
 * All that lies in a cache folder, and what uses what. A digest or a layer's name in the text of an
 * answer counts as use, whatever it is there for: so nothing has to know the shapes of all answers,
 * and what is kept too long by mistake goes with the answer.
 */
export function readContents(cache: CacheFolder): Contents {
  const items = new Map<string, Item>();
  for (const layer of list(cache, "layers")) add(items, layer, join(cache.root, layer));
  for (const tree of twoLevels(cache, "trees")) add(items, tree, join(cache.root, tree));
  // `blobs/ab/cdef-644-0-0` are the same contents with other permissions.
  for (const blob of twoLevels(cache, "blobs")) {
    add(items, blob.replace(/-.*$/u, ""), join(cache.root, blob));
  }
  for (const item of items.values()) if (item.name.startsWith("trees/")) follow(item, items);
  const roots = readRoots(cache);
  for (const root of roots) follow(root, items);
  return {
    roots: withUseOfLayers(roots),
    unused: [...items.values()].filter(({ users }) => users === 0),
  };
}

function add(items: Map<string, Item>, name: string, path: string): void {
  const known = items.get(name);
  if (known) known.paths.push(path);
  else items.set(name, { name, paths: [path], uses: [], users: 0 });
}

const reference = /"([0-9a-f]{12})"|sha256:([0-9a-f]{2})([0-9a-f]{62})/gu;

function follow(item: Item, items: ReadonlyMap<string, Item>): void {
  const text = readNote(item.paths[0] as string);
  const names = new Set<string>();
  for (const [, layer, start, rest] of text.matchAll(reference)) {
    if (layer) names.add(`layers/${layer}`);
    else names.add(`trees/${start}/${rest}`).add(`blobs/${start}/${rest}`);
  }
  for (const name of names) {
    const used = items.get(name);
    if (!used) continue;
    used.users++;
    item.uses.push(used);
  }
}

/** What is written in a file of JSON; nothing for archives, folders, and what is gone meanwhile. */
function readNote(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const first = Buffer.alloc(1);
      readSync(file, first, 0, 1, 0);
      return /[[{"]/u.test(first.toString("latin1")) ? readFileSync(path, "utf8") : "";
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/**
 * Who finds the answer of a step does not ask for the steps before it, or for the image: these were
 * used when the layer of theirs was that is used least.
 */
function withUseOfLayers(roots: readonly Root[]): Root[] {
  const layersOf = ({ uses }: Root) => uses.filter(({ name }) => name.startsWith("layers/"));
  const used = new Map<Item, number>();
  for (const root of roots) {
    for (const layer of layersOf(root)) {
      used.set(layer, Math.max(root.touched, used.get(layer) ?? 0));
    }
  }
  return roots.map((root) => {
    const times = layersOf(root).map((layer) => used.get(layer) ?? 0);
    return times.length === 0
      ? root
      : { ...root, lastUse: Math.max(root.touched, Math.min(...times)) };
  });
}

function twoLevels(cache: CacheFolder, folder: string): string[] {
  return list(cache, folder).flatMap((name) => list(cache, name));
}

function list(cache: CacheFolder, folder: string): string[] {
  try {
    return readdirSync(join(cache.root, folder)).map((name) => `${folder}/${name}`);
  } catch {
    return []; // not made yet, or no folder
  }
}
