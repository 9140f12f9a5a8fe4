import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where galley keeps what it made. Everything appears by one atomic rename out of `tmp`, so what a
 * killed run leaves behind is below `tmp` only, and the next start sweeps it.
 */
export interface CacheFolder {
  readonly root: string;
  /** contents of files, by digest: `blobs/ab/<hex>[-attributes]` */
  readonly blobs: string;
  /** directory nodes of trees, by digest */
  readonly trees: string;
  /** overlay layers: `layers/<LayerId>` is the layer's file system itself */
  readonly layers: string;
  /** answers of operations, by key */
  readonly results: string;
  /** cache volumes, by digest of their key */
  readonly volumes: string;
  /** one folder for each process that is at work: `tmp/<pid>-<start time>-<random>` */
  readonly tmp: string;
}

/** Name of a layer's folder: short, since overlayfs takes all names in one page of text. */
export type LayerId = string & { readonly layer: unique symbol };

/** `$GALLEY_CACHE`, else `$XDG_CACHE_HOME/galley`, else `~/.cache/galley`. */
export function defaultCacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.GALLEY_CACHE) return env.GALLEY_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "galley");
}

/** Opens (and makes, where needed) the cache folder at `root`. */
export function openCacheFolder(root: string): CacheFolder {
  const at = (name: string) => join(root, name);
  const cache: CacheFolder = {
    root,
    blobs: at("blobs"),
    trees: at("trees"),
    layers: at("layers"),
    results: at("results"),
    volumes: at("volumes"),
    tmp: at("tmp"),
  };
  for (const folder of Object.values(cache)) mkdirSync(folder, { recursive: true });
  return cache;
}

/** Moves a finished folder (on the same file system, below `cache.tmp`) into the layers. */
export function publishLayer(cache: CacheFolder, finished: string): LayerId {
  const id = randomBytes(6).toString("hex") as LayerId;
  renameSync(finished, join(cache.layers, id));
  return id;
}
