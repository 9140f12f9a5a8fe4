import { chownSync, cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { type Digest, digestOfJson, hexOf } from "../tree/digest.ts";
import { type Release, tryLock, withLockHeld } from "./process-lock.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StepMount } from "./step.ts";
import type { Views } from "./views.ts";

export interface VolumeInUse {
  readonly folder: string;
  release(): void;
}

type CacheMount = Extract<StepMount, { kind: "cache" }>;

/** The folder of a cache volume for one step, made from its initial contents when it is new. */
export async function openVolume(
  cache: CacheFolder,
  mount: CacheMount,
  owner: { uid: number; gid: number } | undefined,
  views: Views,
  signal: AbortSignal,
): Promise<VolumeInUse> {
  // A private volume is never one that others share.
  const name = digestOfJson([
    mount.volume,
    mount.source?.layers ?? null,
    mount.owner ?? null,
    mount.sharing === "PRIVATE",
  ]);
  const { number, release } = await take(cache, name, mount.sharing, signal);
  const folder = join(cache.volumes, hexOf(name), number);
  if (!existsSync(folder)) await make(cache, folder, mount.source, owner, views);
  noteUse(dirname(folder));
  return { folder, release };
}

async function take(
  cache: CacheFolder,
  name: Digest,
  sharing: CacheMount["sharing"],
  signal: AbortSignal,
): Promise<{ number: string; release: Release }> {
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
  owner: { uid: number; gid: number } | undefined,
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
