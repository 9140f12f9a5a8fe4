import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionEvent } from "../graph/events.ts";
import { type Activity, ActivityLog } from "./activity-log.ts";
import type { ScratchCache } from "./scratch-cache.ts";

/** What a run of the command line did. */
export interface Ran {
  /** null when it was killed */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** what it says to people */
  readonly stderr: string;
  readonly activities: readonly Activity[];
  /** names of the steps, functions and services that really ran */
  readonly executed: readonly string[];
  /** names of those that were not run, since their answers were there */
  readonly cached: readonly string[];
}

export interface CommandOptions {
  /** default: where the test runs */
  readonly cwd?: string;
  /** variables beside this process's own */
  readonly env?: Readonly<Record<string, string>>;
  /** default: the user's own cache folder */
  readonly cache?: ScratchCache;
  readonly stdin?: string;
  /** aborted: the command is killed, as by `kill -9` */
  readonly signal?: AbortSignal;
}

/** Where galley's command line is. */
export const galleyPath = program();

/** Runs galley's command line as its users do, in a process of its own: `galley(["call", "lint"])`. */
export function galley(args: readonly string[], options: CommandOptions = {}): Promise<Ran> {
  const [verb = "", ...rest] = args;
  const child = spawn(process.execPath, [galleyPath, verb, "--progress=json", ...rest], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, ...options.cache?.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.signal ? { signal: options.signal, killSignal: "SIGKILL" } : {}),
  });
  child.stdin.on("error", () => undefined); // who reads nothing may end before we wrote it
  child.stdin.end(options.stdin ?? "");
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      if (error.name !== "AbortError") reject(error);
    });
    child.on("close", (exitCode) => resolve({ exitCode, ...sorted(output) }));
  });
}

/** Tells events, one a line, from what is for people. */
function sorted({ stdout, stderr }: { stdout: string; stderr: string }): Omit<Ran, "exitCode"> {
  const log = new ActivityLog();
  const lines = stderr.split("\n").filter((line) => {
    const event = eventOf(line);
    if (event) log.take(event);
    return !event;
  });
  return {
    stdout,
    stderr: lines.join("\n"),
    activities: log.all(),
    executed: log.executed(),
    cached: log.cached(),
  };
}

function eventOf(line: string): SessionEvent | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  try {
    return JSON.parse(line) as SessionEvent;
  } catch {
    return undefined; // cut short, as its writer was
  }
}

/** Beside these sources, and beside the one file that is built of them. */
function program(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const path = join(at, "bin/galley.cjs");
    if (existsSync(path)) return path;
    if (dirname(at) === at) throw new Error("galley's command line is missing: reinstall it");
  }
}
