import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { homedir, uptime } from "node:os";
import { join } from "node:path";

/**
 * Where galley keeps what it made. Everything appears by one atomic rename out of `tmp`, so what a
 * killed run leaves behind is below its own folder in `tmp` only, and the next start sweeps it.
 */
export interface CacheFolder {
  readonly root: string;
  /** contents of files, by digest */
  readonly blobs: string;
  /** directories of trees, by digest */
  readonly trees: string;
  /** overlay layers: `layers/<LayerId>` is the layer's file system itself */
  readonly layers: string;
  /** answers of operations, by key */
  readonly results: string;
  /** cache volumes, by digest of their key */
  readonly volumes: string;
  /** this process's own folder for what is not finished: `tmp/<pid>-<start time>` */
  readonly tmp: string;
  /** another cache folder, from which what never changes is taken instead of being made (borrow.ts) */
  readonly lender?: string;
}

/** Name of a layer's folder: short, since overlayfs takes all names in one page of text. */
export type LayerId = string & { readonly layer: unique symbol };

/** `$GALLEY_CACHE`, else `$XDG_CACHE_HOME/galley`, else `~/.cache/galley`. */
export function defaultCacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.GALLEY_CACHE) return env.GALLEY_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "galley");
}

/** Opens (and makes, where needed) the cache folder at `root`. */
export function openCacheFolder(root: string, lender?: string): CacheFolder {
  const at = (name: string) => join(root, name);
  const cache: CacheFolder = {
    root,
    blobs: at("blobs"),
    trees: at("trees"),
    layers: at("layers"),
    results: at("results"),
    volumes: at("volumes"),
    tmp: join(root, "tmp", processIdentity(process.pid) ?? `${process.pid}-0`),
  };
  for (const folder of Object.values(cache)) make(folder, root);
  return lender === undefined || lender === root ? cache : { ...cache, lender };
}

function make(folder: string, root: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOSPC" ? "no space left on device" : (error as Error).message;
    throw new Error(
      `the cache folder ${root} cannot be written (${why}): make it writable, or name another one in GALLEY_CACHE`,
    );
  }
}

/** Removes what processes that are no more left unfinished; gives their names, `pid-start`. */
export function sweep(cache: CacheFolder): string[] {
  const all = join(cache.root, "tmp");
  const dead = readdirSync(all).filter((name) => !isAlive(name));
  for (const name of dead) rmSync(join(all, name), { recursive: true, force: true });
  return dead;
}

/** Other processes that use the cache folder, and when they began, in milliseconds since the epoch. */
export function otherProcesses(cache: CacheFolder): { pid: number; began: number }[] {
  return readdirSync(join(cache.root, "tmp"))
    .filter((name) => join(cache.root, "tmp", name) !== cache.tmp && isAlive(name))
    .map((name) => {
      const [pid = 0, ticks = 0] = name.split("-").map(Number);
      // The kernel counts a process's start in hundredths of a second since the machine's own.
      return { pid, began: Date.now() - uptime() * 1000 + ticks * 10 };
    });
}

/** A fresh folder for a layer's contents: its top is what a container has as `/`. */
export function freshLayer(cache: CacheFolder): string {
  const folder = mkdtempSync(join(cache.tmp, "layer-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** Notes that something in the cache was used just now: what was used longest ago is removed first. */
export function noteUse(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    // What another user made can be read, but not touched.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/** Moves a finished folder (on the same file system, below `cache.tmp`) into the layers. */
export function publishLayer(cache: CacheFolder, finished: string): LayerId {
  const id = randomBytes(6).toString("hex") as LayerId;
  renameSync(finished, join(cache.layers, id));
  return id;
}

/** `pid-start`: a pid that was given to another process later is told apart. */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name may hold spaces and brackets; the start time is the 20th field after it.
    return `${pid}-${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}

/** Is the process of this identity still there? */
export function isAlive(identity: string): boolean {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}
