import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";

/**
 * Counts what removing files makes of a cache folder and of the disk. Trees and layers share files
 * by hard links: such a file is gone from the cache with its last name in it, and from the disk
 * with its last name anywhere.
 */
export class Freed {
  /** bytes that the cache folder is smaller by */
  gone = 0;
  /** bytes that the disk has more of */
  bytes = 0;
  /** files of several names, by inode */
  private readonly files = new Map<number, { inCache: number; left: number; links: number }>();

  /** Learns which files have how many names below a folder. */
  async learn(folder: string): Promise<void> {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        await this.learn(path);
        continue;
      }
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (!stat || stat.nlink === 1) continue;
      const inCache = (this.files.get(stat.ino)?.inCache ?? 0) + 1;
      this.files.set(stat.ino, { inCache, left: inCache, links: stat.nlink });
    }
    await breathe();
  }

  /** Counts a file, or a folder with all that is below it, as removed. */
  count(path: string): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) for (const name of readdirSync(path)) this.count(join(path, name));
    else if (!this.isLastName(stat)) return;
    const size = stat.blocks * 512; // POSIX counts blocks of 512 bytes, whatever the disk's are
    this.gone += size;
    const known = this.files.get(stat.ino);
    if (stat.isDirectory() || !known || known.inCache === known.links) this.bytes += size;
  }

  /** Is it the last name of a file in the cache? */
  private isLastName({ ino }: Stats): boolean {
    const known = this.files.get(ino);
    if (!known) return true;
    known.left--;
    return known.left === 0;
  }
}
