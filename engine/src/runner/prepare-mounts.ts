import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type CacheFolder, type LayerId, publishLayer } from "../cache-folder.ts";
import { openVolume } from "./cache-volumes.ts";
import { forwardSocket } from "./forwarded-socket.ts";
import { lstatIn } from "./merged.ts";
import { makeMountPoints, mountCommand, quote } from "./overlay.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SpecMount } from "./spec.ts";
import { isFileMount, type Step, type StepMount } from "./step.ts";
import { resolveOwner } from "./users.ts";
import type { Views } from "./views.ts";

/** One mount of a step, ready: what to run before, what to tell runc, what to do afterwards. */
export interface PreparedMount {
  readonly commands: readonly string[];
  readonly mount: SpecMount;
  /** secrets come in by a pipe of this content, so that they are never on a disk */
  readonly pipe?: { readonly content: Buffer; readonly fd: number };
  /** the mount's contents after the step; undefined for what is not kept with the container */
  finish(): Snapshot | undefined;
  release(): void;
}

/** Prepares a step's mounts below `folder`. */
export async function prepareMounts(
  step: Step,
  folder: string,
  cache: CacheFolder,
  views: Views,
  signal: AbortSignal,
): Promise<PreparedMount[]> {
  const prepared: PreparedMount[] = [];
  let fd = 3;
  for (const [index, mount] of step.mounts.entries()) {
    const own = join(folder, `m${index}`);
    mkdirSync(own, { recursive: true });
    // Mount points that lie inside this mount: made below its layers, so that they never show.
    const inside = step.mounts
      .filter((other) => other.path.startsWith(`${mount.path}/`))
      .map((other) => ({
        path: other.path.slice(mount.path.length),
        isFile: isFileMount(other),
      }));
    prepared.push(await prepare(mount, own, inside, fd));
    if (mount.kind === "secret") fd++;
  }
  return prepared;

  async function prepare(
    mount: StepMount,
    own: string,
    inside: readonly { path: string; isFile: boolean }[],
    pipeFd: number,
  ): Promise<PreparedMount> {
    const owner =
      "owner" in mount && mount.owner ? resolveOwner(cache, step.rootfs, mount.owner) : undefined;
    switch (mount.kind) {
      case "directory":
        return directoryMount(mount, own, inside, cache);
      case "file":
        return fileMount(mount, own, cache);
      case "cache": {
        const volume = await openVolume(cache, mount, owner, views, signal);
        return {
          commands: [],
          mount: bind(volume.folder, mount.path),
          finish: () => undefined,
          release: volume.release,
        };
      }
      case "temp":
        return {
          commands: [],
          mount: {
            destination: mount.path,
            type: "tmpfs",
            source: "tmpfs",
            options: [
              "nosuid",
              "nodev",
              "mode=1777",
              ...(mount.size ? [`size=${mount.size}`] : []),
            ],
          },
          finish: () => undefined,
          release: () => undefined,
        };
      case "secret": {
        const file = join(own, "secret");
        const { uid, gid } = owner ?? { uid: 0, gid: 0 };
        return {
          commands: [
            `mount -t tmpfs -o mode=700,size=64m tmpfs ${quote(own)}`,
            `cat <&${pipeFd} >${quote(file)}`,
            `exec ${pipeFd}<&-`,
            `chmod ${mount.mode.toString(8)} ${quote(file)}`,
            `chown ${uid}:${gid} ${quote(file)}`,
          ],
          mount: bind(file, mount.path),
          pipe: { content: mount.plaintext, fd: pipeFd },
          finish: () => undefined,
          release: () => undefined,
        };
      }
      case "socket": {
        const socket = await forwardSocket(mount.target, owner ?? { uid: 0, gid: 0 });
        return {
          commands: [],
          mount: bind(socket.path, mount.path),
          finish: () => undefined,
          release: socket.close,
        };
      }
    }
  }
}

function directoryMount(
  mount: Extract<StepMount, { kind: "directory" }>,
  own: string,
  inside: readonly { path: string; isFile: boolean }[],
  cache: CacheFolder,
): PreparedMount {
  const [upper, work, at, below] = ["upper", "work", "merged", "below"].map((n) =>
    join(own, n),
  ) as [string, string, string, string];
  for (const each of [upper, work, at]) mkdirSync(each);
  makeMountPoints(below, inside, (path) => writeFileSync(path, ""));
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
