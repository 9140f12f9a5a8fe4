import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { galley, type Ran } from "../../engine/src/testing/command-line.ts";
import type { ScratchCache } from "../../engine/src/testing/scratch-cache.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export { galleyPath, type Ran } from "../../engine/src/testing/command-line.ts";

/** A git repository of its own with the module and parts of this one, for a test to spoil. */
export class Repository {
  readonly path = mkdtempSync(join(tmpdir(), "kitchen-"));

  constructor(parts: readonly string[]) {
    for (const part of ["dagger.json", ".dagger", ...parts]) {
      cpSync(join(root, part), join(this.path, part), {
        recursive: true,
        filter: (path) => !/node_modules|__pycache__|\.terraform$|\.coverage$/u.test(path),
      });
    }
    spawnSync("git", ["init", "--quiet"], { cwd: this.path });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), "utf8");
  }

  /** Runs `work` with a file changed, and puts the file back. */
  async spoiled<T>(
    path: string,
    change: (text: string) => string,
    work: () => Promise<T>,
  ): Promise<T> {
    const before = this.read(path);
    this.write(path, change(before));
    try {
      return await work();
    } finally {
      this.write(path, before);
    }
  }

  /** Commits everything, always at the same second. */
  commit(): void {
    const date = "2026-11-01T12:00:00Z";
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    for (const args of [
      ["add", "-A"],
      [...identity, "commit", "--quiet", "--allow-empty", "-m", "test"],
    ]) {
      const { status, stderr } = spawnSync("git", args, { cwd: this.path, env, encoding: "utf8" });
      if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    }
  }

  call(...args: readonly string[]): Promise<Ran> {
    return galley(["call", ...args], { cwd: this.path });
  }

  /** The same, killed as by `kill -9` when the signal says so. */
  callUntil(signal: AbortSignal, ...args: readonly string[]): Promise<Ran> {
    return galley(["call", ...args], { cwd: this.path, signal });
  }

  /** The same with a cache folder of its own. */
  callWithCache(cache: ScratchCache, ...args: readonly string[]): Promise<Ran> {
    return galley(["call", ...args], { cwd: this.path, cache });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
