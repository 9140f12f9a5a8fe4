import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultCacheRoot } from "../cache-folder.ts";

/** A cache folder for one test, in which nothing has been answered yet. */
export interface ScratchCache {
  readonly path: string;
  /** the variables by which galley's command line uses it */
  readonly env: { readonly GALLEY_CACHE: string; readonly GALLEY_BORROW_FROM: string };
  /** Changes how much room there is; only for one of limited size. */
  resize(size: string): void;
  /** Removes it. */
  remove(): void;
}

export interface ScratchCacheOptions {
  /**
   * The cache folder that images, installed packages and what is known of modules are taken from, by
   * hard links, so that no registry is asked; default: the user's. No step's answer comes from there.
   */
  readonly borrowFrom?: string;
  /**
   * Room in it, as `mount -o size=` takes it: `48m`. It is a file system of its own in memory then, to
   * which what is borrowed is copied. Takes root.
   */
  readonly size?: string;
}

/** Makes an empty cache folder. */
export function scratchCache(options: ScratchCacheOptions = {}): ScratchCache {
  const borrowFrom = options.borrowFrom ?? defaultCacheRoot();
  const path = mkdtempSync(
    join(options.size ? tmpdir() : parentFor(borrowFrom), "galley-scratch-"),
  );
  const mount = (...words: string[]) => execFileSync("mount", [...words, path]);
  if (options.size) mount("-t", "tmpfs", "-o", `size=${options.size}`, "tmpfs");
  return {
    path,
    env: { GALLEY_CACHE: path, GALLEY_BORROW_FROM: borrowFrom },
    resize(size) {
      if (!options.size) throw new Error("a scratch cache without a size takes all there is");
      mount("-o", `remount,size=${size}`);
    },
    remove() {
      if (options.size) execFileSync("umount", ["--lazy", path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Hard links are possible within one file system only. */
function parentFor(borrowFrom: string): string {
  const lender = statSync(borrowFrom, { throwIfNoEntry: false });
  return !lender || lender.dev === statSync(tmpdir()).dev ? tmpdir() : dirname(borrowFrom);
}
