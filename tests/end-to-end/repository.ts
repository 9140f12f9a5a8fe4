import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const galleyPath = join(root, "engine/bin/galley.js");

/** What a run of galley did. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** what it says to people, without its events */
  readonly stderr: string;
  /** names of the steps and calls that really ran */
  readonly executed: readonly string[];
  readonly cached: readonly string[];
}

const event = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  outcome: z.object({ kind: z.string() }).optional(),
});

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
    return galley(this.path, ["call", ...args]);
  }

  /** The same with a cache folder of its own. */
  callWithCache(cache: string, ...args: readonly string[]): Promise<Ran> {
    return galley(this.path, ["call", ...args], { GALLEY_CACHE: cache });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs galley and sorts out its events. */
function galley(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const [verb = "", ...rest] = args;
  const child = spawn(process.execPath, [galleyPath, verb, "--progress=json", ...rest], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes.toString("utf8");
  });
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString("utf8");
  });
  return new Promise((resolve) => {
    child.on("close", (exitCode) => {
      const lines = stderr.split("\n");
      const isEvent = (line: string) => line.startsWith('{"type"');
      const events = lines.filter(isEvent).map((line) => event.parse(JSON.parse(line)));
      const ended = (...kinds: string[]) =>
        events
          .filter(({ type, outcome }) => type === "finished" && kinds.includes(outcome?.kind ?? ""))
          .map(({ name = "" }) => name);
      resolve({
        exitCode,
        stdout,
        stderr: lines.filter((line) => !isEvent(line)).join("\n"),
        executed: ended("done", "failed"),
        cached: ended("cached"),
      });
    });
  });
}
