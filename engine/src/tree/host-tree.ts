import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { ApiError } from "./api-error.ts";
import { hasBlob, writeBlob } from "./blobs.ts";
import type { Digest } from "./digest.ts";
import { isIgnored, type Rules, rulesInside, rulesOf } from "./gitignore.ts";
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
  if (!stat.isDirectory()) {
    throw new ApiError(
      "failed to get snapshot: failed to snapshot: failed to sync: failed to create local fs: " +
        `failed to create base fs: stat ${root}: not a directory`,
    );
  }
  const reading = new Reading(root, cache, new Selector(localPatterns(selection)));
  const rules = selection.gitignore ? rulesAbove(root) : undefined;
  const tree = reading.directory("", stat, reading.selector.top(), rules);
  reading.index.save();
  return (
    tree ?? { kind: "directory", mode: stat.mode & 0o7777, uid: 0, gid: 0, entries: new Map() }
  );
}

/** Patterns that point out of the folder say nothing about it. */
function localPatterns({ include = [], exclude = [] }: Selection): Selection {
  const isLocal = (pattern: string) => {
    const path = normalize(pattern.replace(/^!/u, ""));
    return pattern !== "" && !isAbsolute(path) && !/^\.\.(?:\/|$)/u.test(path);
  };
  return { include: include.filter(isLocal), exclude: exclude.filter(isLocal) };
}

/** The rules that the folders above give, up to the one that holds `.git`, if there is one. */
function rulesAbove(folder: string): Rules[] {
  const names: string[] = [];
  for (let top = folder; ; top = dirname(top)) {
    if (lstatSync(join(top, ".git"), { throwIfNoEntry: false })) {
      let at = top;
      let rules: Rules[] = [];
      for (const name of names) {
        rules = rulesInside([...rules, ...ownRules(at)], name);
        at = join(at, name);
      }
      return rules;
    }
    if (top === dirname(top)) return [];
    names.unshift(basename(top));
  }
}

function ownRules(folder: string): Rules[] {
  const path = join(folder, ".gitignore");
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  return isFile ? [rulesOf(readFileSync(path, "utf8"))] : [];
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

  /** @param above rules that ignore files; none: `.gitignore` files mean nothing */
  directory(
    path: string,
    stat: Stats,
    standing: Standing,
    above: readonly Rules[] | undefined,
  ): Tree | undefined {
    const entries = new Map<string, Node>();
    const folder = join(this.root, path);
    const rules = above && [...above, ...ownRules(folder)];
    for (const name of list(folder)) {
      const childPath = path === "" ? name : `${path}/${name}`;
      const childStanding = this.selector.of(childPath, standing);
      if (!childStanding.selected && !childStanding.descend) continue;
      const child = this.node(childPath, childStanding, name, rules);
      if (child) entries.set(name, child);
    }
    if (!standing.selected && entries.size === 0) return undefined;
    return { kind: "directory", mode: stat.mode & 0o7777, uid: 0, gid: 0, entries };
  }

  private node(
    path: string,
    standing: Standing,
    name: string,
    rules: readonly Rules[] | undefined,
  ): Node | undefined {
    const full = `${this.root}/${path}`;
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (!stat) return undefined; // vanished while we were reading
    if (rules && isIgnored(rules, stat.isDirectory() ? `${name}/` : name)) return undefined;
    if (stat.isDirectory()) {
      return this.directory(path, stat, standing, rules && rulesInside(rules, name));
    }
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
