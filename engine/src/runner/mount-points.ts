import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";

/** Where something is mounted, in a container or in another mount. */
export interface MountPoint {
  readonly path: string;
  readonly isFile: boolean;
}

/** Makes the mount points in a folder of their own, to be laid below all layers. */
export function makeMountPoints(folder: string, points: readonly MountPoint[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, isFile } of points) {
    const at = join(folder, path);
    mkdirSync(isFile ? join(at, "..") : at, { recursive: true });
    if (isFile) writeFileSync(at, "");
  }
}

let made = 0;

/** Folders of mount points for steps: most of a session's mount the same, and share one. */
export class SharedMountPoints {
  private readonly folders = new Map<string, string>();

  constructor(private readonly cache: CacheFolder) {}

  /** A folder in which nobody may change anything. */
  folder(points: readonly MountPoint[]): string {
    const key = JSON.stringify(points);
    const known = this.folders.get(key);
    if (known) return known;
    const folder = join(this.cache.tmp, `points${made++}`);
    makeMountPoints(folder, points);
    this.folders.set(key, folder);
    return folder;
  }
}
