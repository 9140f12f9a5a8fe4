import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { type Digest, digestOfBytes, hexOf } from "./digest.ts";

/** Younger than this when it was read, and a file may change again without its times showing it. */
const tooYoung = 20; // milliseconds

type Entry = readonly [size: number, mtime: number, ctime: number, inode: number, blob: Digest];

/** What is known of a host folder's files, so that unchanged ones are not read again. */
export class HostIndex {
  private readonly before: ReadonlyMap<string, Entry>;
  private readonly now = new Map<string, Entry>();
  private readonly began = Date.now();
  private readonly path: string;
  private readCount = 0;

  constructor(
    private readonly cache: CacheFolder,
    root: string,
  ) {
    this.path = join(cache.root, "host-index", hexOf(digestOfBytes(root)));
    this.before = readIndex(this.path);
  }

  /** How many files had to be read. */
  get reads(): number {
    return this.readCount;
  }

  /** The digest of a file that has not changed since it was last read. */
  known(path: string, stat: Stats): Digest | undefined {
    const entry = this.before.get(path);
    if (!entry) return undefined;
    const [size, mtime, ctime, inode, blob] = entry;
    const same =
      size === stat.size && mtime === stat.mtimeMs && ctime === stat.ctimeMs && inode === stat.ino;
    if (!same) return undefined;
    this.now.set(path, entry);
    return blob;
  }

  /** Remembers a file that was read, unless it is too young to be trusted. */
  remember(path: string, stat: Stats, blob: Digest): void {
    this.readCount++;
    if (stat.ctimeMs > this.began - tooYoung) return;
    this.now.set(path, [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, blob]);
  }

  /** Writes the index if anything changed. What this reading did not select is kept as it was. */
  save(): void {
    if (this.readCount === 0) return;
    const all = new Map([...this.before, ...this.now]);
    const draft = join(this.cache.tmp, randomUUID());
    writeFileSync(draft, JSON.stringify([...all]));
    mkdirSync(join(this.path, ".."), { recursive: true });
    renameSync(draft, this.path);
  }
}

function readIndex(path: string): Map<string, Entry> {
  try {
    noteUse(path);
    return new Map(JSON.parse(readFileSync(path, "utf8")) as [string, Entry][]);
  } catch {
    return new Map();
  }
}
