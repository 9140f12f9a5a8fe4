import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { CacheFolder } from "../runner/cache-folder.ts";
import { ApiError } from "./api-error.ts";
import { hasBlob, writeBlob } from "./blobs.ts";
import type { Digest } from "./digest.ts";
import { withoutIgnored } from "./gitignore.ts";
import { HostIndex } from "./host-index.ts";
import { type Selection, Selector, type Standing } from "./select.ts";
import type { FileNode, Node, Tree } from "./tree.ts";

/**
 * Reads a folder of this machine as a tree: owners become root, modes and links stay, sockets and
 * devices are left out. Contents are kept, so that later edits of the folder do not show.
 */
export function readHostTree(path: string, selection: Selection, cache: CacheFolder): Tree {
  const root = resolve(path);
  const stat = statSync(root, { throwIfNoEntry: false });
  if (!stat) {
    // The recorded engine names every layer that the request passed through.
    throw new ApiError(
      "failed to get snapshot: failed to snapshot: failed to receive stat message: rpc error: " +
        "code = NotFound desc = get full root path: rpc error: code = NotFound desc = " +
        `eval symlinks: lstat ${root}: no such file or directory`,
    );
  }
  if (!stat.isDirectory()) throw new ApiError(`path ${path} is a file, not a directory`);
  const reading = new Reading(root, cache, new Selector(selection));
  const tree = reading.directory("", stat, reading.selector.top());
  reading.index.save();
  if (!tree)
    return { kind: "directory", mode: stat.mode & 0o7777, uid: 0, gid: 0, entries: new Map() };
  return selection.gitignore ? withoutIgnored(tree, cache) : tree;
}

/** Reads one file of this machine; links are followed. */
export function readHostFile(path: string, cache: CacheFolder): { node: FileNode; name: string } {
  const file = resolve(path);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new ApiError(`stat ${basename(file)}: no such file or directory`);
  if (stat.isDirectory()) throw new ApiError(`path ${basename(file)} is a directory, not a file`);
  const reading = new Reading(file, cache, new Selector({}));
  const node = reading.file("", stat);
  reading.index.save();
  return { node, name: basename(file) };
}

class Reading {
  readonly index: HostIndex;

  constructor(
    private readonly root: string,
    private readonly cache: CacheFolder,
    readonly selector: Selector,
  ) {
    this.index = new HostIndex(cache, root);
  }

  directory(path: string, stat: Stats, standing: Standing): Tree | undefined {
    const entries = new Map<string, Node>();
    for (const name of list(join(this.root, path))) {
      const childPath = path === "" ? name : `${path}/${name}`;
      const childStanding = this.selector.of(childPath, standing);
      if (!childStanding.selected && !childStanding.descend) continue;
      const child = this.node(childPath, childStanding);
      if (child) entries.set(name, child);
    }
    if (!standing.selected && entries.size === 0) return undefined;
    return { kind: "directory", mode: stat.mode & 0o7777, uid: 0, gid: 0, entries };
  }

  private node(path: string, standing: Standing): Node | undefined {
    const full = join(this.root, path);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (!stat) return undefined; // vanished while we were reading
    if (stat.isDirectory()) return this.directory(path, stat, standing);
    if (!standing.selected) return undefined;
    if (stat.isSymbolicLink()) {
      return { kind: "symlink", target: readlinkSync(full), mode: 0o777, uid: 0, gid: 0 };
    }
    return stat.isFile() ? this.file(path, stat) : undefined;
  }

  file(path: string, stat: Stats): FileNode {
    const mode = stat.mode & 0o7777;
    const blob = this.known(path, stat) ?? this.read(path, stat, mode);
    return { kind: "file", ...blob, mode, uid: 0, gid: 0 };
  }

  private known(path: string, stat: Stats): { blob: Digest; size: number } | undefined {
    const blob = this.index.known(path, stat);
    return blob && hasBlob(this.cache, blob) ? { blob, size: stat.size } : undefined;
  }

  private read(path: string, stat: Stats, mode: number): { blob: Digest; size: number } {
    const full = join(this.root, path);
    let bytes: Buffer;
    try {
      bytes = readFileSync(full);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EACCES" || code === "EPERM") {
        throw new ApiError(`open ${full}: permission denied: make it readable, or exclude it`);
      }
      throw error;
    }
    // The host's time stays with the contents: tools that trust time and size see them change.
    const kept = writeBlob(this.cache, bytes, { mode, uid: 0, gid: 0, mtime: stat.mtimeMs / 1000 });
    this.index.remember(path, stat, kept.blob);
    return kept;
  }
}

function list(folder: string): string[] {
  let names: Buffer[];
  try {
    names = readdirSync(folder, { encoding: "buffer" }) as unknown as Buffer[];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") {
      throw new ApiError(`open ${folder}: permission denied: make it readable, or exclude it`);
    }
    throw error;
  }
  return names.map((raw) => {
    const name = raw.toString("utf8");
    if (name.includes("\uFFFD") && !Buffer.from(name).equals(raw)) {
      throw new ApiError(
        `${folder} holds a file whose name is not valid UTF-8 (${raw.toString("latin1")}): rename or exclude its folder`,
      );
    }
    return name;
  });
}
