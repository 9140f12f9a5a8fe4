import { chownSync, cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { type Digest, digestOfJson, hexOf } from "../tree/digest.ts";
import { type Release, tryLock, withLockHeld } from "./process-lock.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StepMount } from "./step.ts";
import type { Views } from "./views.ts";

export type CacheMount = Extract<StepMount, { kind: "cache" }>;

/** A cache mount of a step, and who owns the top of its volume when that is new. */
export interface WantedVolume {
  readonly mount: CacheMount;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export interface VolumesInUse {
  /** the folder of each mount's volume, in their order */
  readonly folders: readonly string[];
  release(): void;
}

/**
 * The folders of a step's cache volumes, made from their initial contents when they are new. All of
 * them are taken before the step begins, each once and always in the same order: two steps that want
 * the same two locked volumes never wait for each other.
 */
export async function openVolumes(
  cache: CacheFolder,
  wanted: readonly WantedVolume[],
  views: Views,
  signal: AbortSignal,
): Promise<VolumesInUse> {
  const named = wanted.map((volume) => ({ ...volume, name: nameOf(volume.mount) }));
  const taken = new Map<Digest, Taken>();
  const release = () => {
    for (const each of taken.values()) each.release();
  };
  try {
    for (const { name, mount } of [...named].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!taken.has(name)) taken.set(name, await take(cache, name, mount.sharing, signal));
    }
    const folders: string[] = [];
    for (const { name, mount, owner } of named) {
      const folder = join(cache.volumes, hexOf(name), taken.get(name)?.number ?? "0");
      if (!existsSync(folder)) await make(cache, folder, mount.source, owner, views);
      noteUse(dirname(folder));
      folders.push(folder);
    }
    return { folders, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A private volume is never one that others share. */
function nameOf({ volume, source, owner, sharing }: CacheMount): Digest {
  return digestOfJson([volume, source?.layers ?? null, owner ?? null, sharing === "PRIVATE"]);
}

interface Taken {
  readonly number: string;
  readonly release: Release;
}

async function take(
  cache: CacheFolder,
  name: Digest,
  sharing: CacheMount["sharing"],
  signal: AbortSignal,
): Promise<Taken> {
  if (sharing === "SHARED") return { number: "0", release: () => undefined };
  if (sharing === "LOCKED")
    return { number: "0", release: await withLockHeld(cache, name, signal) };
  // PRIVATE: who comes while it is in use gets another one.
  for (let number = 0; ; number++) {
    const release = await tryLock(cache, digestOfJson([name, number]));
    if (release) return { number: `${number}`, release };
  }
}

async function make(
  cache: CacheFolder,
  folder: string,
  source: Snapshot | undefined,
  owner: WantedVolume["owner"],
  views: Views,
): Promise<void> {
  const draft = join(cache.tmp, `volume-${crypto.randomUUID()}`);
  mkdirSync(draft);
  if (source) {
    await views.with(source, async (path) =>
      cpSync(path, draft, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true }),
    );
  }
  if (owner) chownSync(draft, owner.uid, owner.gid);
  mkdirSync(join(folder, ".."), { recursive: true });
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another process was first: its folder is as good.
    if (!existsSync(folder)) throw error;
  }
}
