import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { type CacheFolder, type LayerId, publishLayer } from "../cache-folder.ts";
import { openVolumes, type WantedVolume } from "./cache-volumes.ts";
import { forwardSocket } from "./forwarded-socket.ts";
import { lstatIn, statIn } from "./merged.ts";
import { type MountPoint, makeMountPoints } from "./mount-points.ts";
import { mountCommand, quote } from "./overlay.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SpecMount } from "./spec.ts";
import { isFileMount, type Step, type StepMount } from "./step.ts";
import { resolveOwner } from "./users.ts";
import type { Views } from "./views.ts";

/** One mount of a step, ready: what to run before, what to tell crun, what to do afterwards. */
export interface PreparedMount {
  readonly commands: readonly string[];
  readonly mount: SpecMount;
  /** secrets come in by a pipe of this content, so that they are never on a disk */
  readonly pipe?: { readonly content: Buffer; readonly fd: number };
  /** the mount's contents after the step; undefined for what is not kept with the container */
  finish(): Snapshot | undefined;
  release(): void;
}

/** Prepares a step's mounts below `folder`; when one of them cannot be had, none is held. */
export async function prepareMounts(
  step: Step,
  folder: string,
  cache: CacheFolder,
  views: Views,
  signal: AbortSignal,
): Promise<PreparedMount[]> {
  const ownerOf = (mount: StepMount) =>
    "owner" in mount && mount.owner ? resolveOwner(cache, step.rootfs, mount.owner) : undefined;
  const wanted = step.mounts.flatMap((mount): WantedVolume[] =>
    mount.kind === "cache" ? [{ mount, owner: ownerOf(mount) }] : [],
  );
  const volumes = await openVolumes(cache, wanted, views, signal);
  const prepared: PreparedMount[] = [];
  let nextVolume = 0;
  let fd = 3;
  try {
    for (const [index, mount] of step.mounts.entries()) {
      const own = join(folder, `m${index}`);
      mkdirSync(own, { recursive: true });
      prepared.push(await prepare(mount, own));
    }
  } catch (error) {
    for (const { release } of prepared) release();
    volumes.release();
    throw error;
  }
  return prepared;

  async function prepare(mount: StepMount, own: string): Promise<PreparedMount> {
    switch (mount.kind) {
      case "directory":
        return directoryMount(mount, own, pointsInside(mount, step.mounts), cache);
      case "file":
        return fileMount(mount, own, cache);
      case "cache": {
        const number = nextVolume++;
        const isLast = nextVolume === wanted.length;
        return passing(bind(volumes.folders[number] as string, mount.path), {
          // All of a step's volumes are given back together.
          release: isLast ? volumes.release : () => undefined,
        });
      }
      case "temp": {
        const below = statIn(cache, step.rootfs, mount.path);
        const mode = below ? below.stat.mode & 0o7777 : 0o1777;
        const options = ["nosuid", "nodev", `mode=${mode.toString(8)}`];
        if (mount.size) options.push(`size=${mount.size}`);
        return passing({ destination: mount.path, type: "tmpfs", source: "tmpfs", options });
      }
      case "secret":
        return secretMount(mount, own, ownerOf(mount) ?? root, fd++);
      case "socket": {
        const socket = await forwardSocket(mount.target, ownerOf(mount) ?? root);
        return passing(bind(socket.path, mount.path), { release: socket.close });
      }
    }
  }
}

const root = { uid: 0, gid: 0 };

/** A mount of which nothing is kept with the container. */
function passing(mount: SpecMount, more: Partial<PreparedMount> = {}): PreparedMount {
  return { commands: [], mount, finish: () => undefined, release: () => undefined, ...more };
}

/** Mount points that lie inside a mount: made below its layers, so that they never show. */
function pointsInside(mount: StepMount, all: readonly StepMount[]) {
  return all
    .filter((other) => other.path.startsWith(`${mount.path}/`))
    .map((other) => ({ path: other.path.slice(mount.path.length), isFile: isFileMount(other) }));
}

function secretMount(
  mount: Extract<StepMount, { kind: "secret" }>,
  own: string,
  { uid, gid }: { uid: number; gid: number },
  fd: number,
): PreparedMount {
  const file = join(own, "secret");
  return passing(bind(file, mount.path), {
    commands: [
      `mount -t tmpfs -o mode=700,size=64m tmpfs ${quote(own)}`,
      `cat <&${fd} >${quote(file)}`,
      `exec ${fd}<&-`,
      `chmod ${mount.mode.toString(8)} ${quote(file)}`,
      `chown ${uid}:${gid} ${quote(file)}`,
    ],
    pipe: { content: mount.plaintext, fd },
  });
}

function directoryMount(
  mount: Extract<StepMount, { kind: "directory" }>,
  own: string,
  inside: readonly MountPoint[],
  cache: CacheFolder,
): PreparedMount {
  const [upper, work, at, below] = ["upper", "work", "merged", "below"].map((n) =>
    join(own, n),
  ) as [string, string, string, string];
  for (const each of [upper, work, at]) mkdirSync(each);
  makeMountPoints(below, inside);
  const top = lstatIn(cache, mount.source, []);
  if (top) copyAttributes(top.file, upper);
  return {
    commands: [mountCommand({ layers: mount.source.layers, below: [below], upper, work, at })],
    mount: bind(at, mount.path, mount.readOnly),
    finish: () => withUpper(cache, mount.source, upper),
    release: () => undefined,
  };
}

function fileMount(
  mount: Extract<StepMount, { kind: "file" }>,
  own: string,
  cache: CacheFolder,
): PreparedMount {
  const found = lstatIn(cache, mount.source, [mount.name]);
  if (!found) throw new Error(`the file to mount at ${mount.path} is gone from the cache`);
  const folder = join(own, "layer");
  mkdirSync(folder);
  const file = join(folder, mount.name);
  copyFileSync(found.file, file);
  copyAttributes(found.file, file);
  const before = lstatSync(file);
  return {
    commands: [],
    mount: bind(file, mount.path),
    finish: () => {
      const after = lstatSync(file);
      const same = after.mtimeMs === before.mtimeMs && after.ctimeMs === before.ctimeMs;
      return same ? mount.source : { layers: [publishLayer(cache, folder)] };
    },
    release: () => undefined,
  };
}

/** The snapshot with what a step wrote as its topmost layer; the same one when it wrote nothing. */
export function withUpper(cache: CacheFolder, before: Snapshot, upper: string): Snapshot {
  if (isUntouched(upper)) return before;
  const layer: LayerId = publishLayer(cache, upper);
  return { layers: [...before.layers, layer] };
}

/** Gives a fresh upper folder the attributes that the merged folder has to keep. */
export function copyAttributes(from: string, to: string): void {
  const stat = lstatSync(from);
  lchownSync(to, stat.uid, stat.gid);
  chmodSync(to, stat.mode & 0o7777);
  utimesSync(to, stat.atime, stat.mtime);
}

function isUntouched(upper: string): boolean {
  return lstatSync(upper).nlink === 2 && isEmpty(upper);
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}

function bind(source: string, destination: string, readOnly = false): SpecMount {
  const options = ["rbind", "rprivate", readOnly ? "ro" : "rw"];
  return { source, destination, type: "bind", options };
}
