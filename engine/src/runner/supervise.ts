import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { runcState } from "./leftovers.ts";
import type { Output } from "./output.ts";
import type { PreparedMount } from "./prepare-mounts.ts";

const systemPath = `/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH ?? ""}`;

export interface Supervised {
  /** becomes runc at its end */
  readonly script: string;
  /** where it starts */
  readonly cwd: string;
  /** name of its container */
  readonly id: string;
  readonly stdin: Buffer;
  readonly mounts: readonly PreparedMount[];
  readonly output: Output;
  /** aborted: it is ended at once */
  readonly signal: AbortSignal;
}

/** How what ran a container ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a script in a mount namespace of its own until its container has ended. */
export function supervise(supervised: Supervised): Promise<Ended> {
  const { script, cwd, id, stdin, mounts, output, signal } = supervised;
  const pipes = mounts.flatMap((mount) => (mount.pipe ? [mount.pipe] : []));
  const child: ChildProcess = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
    {
      cwd,
      env: { PATH: systemPath },
      stdio: ["pipe", "pipe", "pipe", ...pipes.map(() => "pipe" as const)],
      detached: true, // an interrupt of the terminal is for us to handle
    },
  );
  for (const { fd, content } of pipes) feed(child.stdio[fd] as Writable, content);
  feed(child.stdin as Writable, stdin);
  (child.stdout as Readable).on("data", (bytes: Buffer) => output.write("stdout", bytes));
  (child.stderr as Readable).on("data", (bytes: Buffer) => output.write("stderr", bytes));
  const stop = () => child.kill("SIGKILL");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  // A container that was just being made holds our pipes: only now is there nobody who goes on with it.
  child.on("exit", () => {
    if (signal.aborted) runcQuietly(["delete", "--force", id]);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`cannot start a container: ${error.message}`)));
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ code, signal: killedBy });
    });
  });
}

/** Asks runc for something whose failure tells nothing new. */
export function runcQuietly(args: readonly string[]): void {
  spawn("runc", ["--root", runcState, ...args], {
    stdio: "ignore",
    env: { PATH: systemPath },
  }).on("error", () => undefined);
}

function feed(pipe: Writable, content: Buffer): void {
  pipe.on("error", () => undefined); // who does not read its input may end before we wrote it
  pipe.end(content);
}
