import { execFile } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { promisify } from "node:util";
import { type CacheFolder, otherProcesses, sweep } from "../cache-folder.ts";
import { withCacheToOneself } from "./alone.ts";
import { type Contents, type Item, type Root, readContents, readRoots } from "./contents.ts";
import { Freed } from "./freed.ts";

const run = promisify(execFile);

/** What may stay in a cache folder. */
export interface Limits {
  /** bytes on disk; what was used longest ago goes first */
  readonly maxSize: number;
  /** milliseconds: what was not used for longer goes */
  readonly maxAge: number;
}

export interface PruneOptions {
  readonly limits: Limits;
  /** says what would go, and leaves it */
  readonly dryRun?: boolean;
  /** also removes what nothing uses and what killed runs left, when there is nothing else to do */
  readonly tidy?: boolean;
  /** aborted: what is not removed yet stays */
  readonly signal: AbortSignal;
  /** stops as soon as another process wants the cache folder */
  readonly yields?: boolean;
}

/** What was removed, or would be. */
export interface Pruned {
  /** bytes on disk before, and after */
  readonly size: number;
  readonly left: number;
  /** bytes that the disk has more of: files that other folders share by hard links are still there */
  readonly freed: number;
  /** number of items by the folder that they were in: results, layers, volumes … */
  readonly removed: Readonly<Record<string, number>>;
  /** processes that use the cache folder: nothing that they may need was touched */
  readonly inUseBy: readonly number[];
}

/**
 * Keeps a cache folder within limits, least recently used first.
 *
 * A process that starts meanwhile waits (see alone.ts). While others run, only answers go that were
 * last used before the first of them began, and layers that only these used: whoever uses an answer
 * touches it first, and an answer that turns out to be touched is put back.
 */
export function prune(cache: CacheFolder, options: PruneOptions): Promise<Pruned> {
  return withCacheToOneself(cache, options, async (signal) => {
    const others = otherProcesses(cache);
    const pruning = new Pruning(cache, options.dryRun === true, others.length === 0);
    const before = await diskUsage(cache.root);
    const since = Math.min(Date.now(), ...others.map(({ began }) => began));
    const oldest = Date.now() - options.limits.maxAge;
    const { maxSize } = options.limits;
    const mustGo = ({ lastUse }: Root) => lastUse < oldest || before - pruning.freed.gone > maxSize;
    if (options.tidy || readRoots(cache).some(mustGo)) {
      const contents = readContents(cache);
      await pruning.freed.learn(cache.root);
      if (others.length === 0) pruning.tidy(contents);
      const candidates = contents.roots
        .filter(({ name, lastUse }) =>
          others.length === 0 ? true : name.startsWith("results/") && lastUse < since,
        )
        .sort((one, other) => one.lastUse - other.lastUse);
      for (const root of candidates) {
        if (signal.aborted || !mustGo(root)) break;
        pruning.remove(root);
        await breathe();
      }
    }
    pruning.end();
    return {
      size: before,
      left: before - pruning.freed.gone,
      freed: pruning.freed.bytes,
      removed: pruning.removed,
      inUseBy: others.map(({ pid }) => pid),
    };
  });
}

class Pruning {
  readonly freed = new Freed();
  readonly removed: Record<string, number> = {};
  private readonly bin: string;

  constructor(
    private readonly cache: CacheFolder,
    private readonly dryRun: boolean,
    private readonly alone: boolean,
  ) {
    mkdirSync(cache.tmp, { recursive: true });
    this.bin = mkdtempSync(join(cache.tmp, "prune-"));
  }

  /** What killed runs left, and what failed steps and replaced answers leave behind. */
  tidy({ unused }: Contents): void {
    if (!this.dryRun) sweep(this.cache);
    for (const item of unused) this.discard(item);
  }

  /** Removes a root, then what nothing else uses. */
  remove(root: Root): void {
    if (!this.dryRun && !this.take(root)) return;
    this.note(root);
    if (this.dryRun) for (const path of root.paths) this.freed.count(path);
    this.release(root);
  }

  end(): void {
    rmSync(this.bin, { recursive: true, force: true });
  }

  /** Moves a root out of sight; it is put back when it was used meanwhile. */
  private take({ paths: [path = ""], touched }: Root): boolean {
    const taken = join(this.bin, "root");
    try {
      renameSync(path, taken);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    if (!this.alone && lstatSync(taken).mtimeMs !== touched) {
      renameSync(taken, path);
      return false;
    }
    this.freed.count(taken);
    rmSync(taken, { recursive: true, force: true });
    return true;
  }

  private release({ uses }: Item): void {
    for (const item of uses) {
      item.users--;
      // Processes that run hold trees and blobs in memory, of which nobody notes the use.
      if (item.users === 0 && (this.alone || item.name.startsWith("layers/"))) this.discard(item);
    }
  }

  private discard(item: Item): void {
    this.note(item);
    for (const path of item.paths) {
      this.freed.count(path);
      if (this.dryRun) continue;
      // In one step: half a layer is never seen.
      const taken = join(this.bin, "item");
      renameSync(path, taken);
      rmSync(taken, { recursive: true, force: true });
    }
    this.release(item);
  }

  private note({ name }: Item): void {
    const folder = name.slice(0, name.indexOf("/"));
    this.removed[folder] = (this.removed[folder] ?? 0) + 1;
  }
}

/** Bytes on disk, files of several names counted once. */
async function diskUsage(folder: string): Promise<number> {
  const { stdout } = await run("du", ["-s", "-B1", folder]).catch((error) => {
    // Files that vanish while it counts are none of its failures.
    if (typeof error.stdout === "string" && /^\d/u.test(error.stdout)) return error;
    throw error;
  });
  return Number.parseInt(stdout, 10);
}
