import { type ChildProcess, spawn } from "node:child_process";
import type { Stream, Writable } from "node:stream";
import { inOwnMounts, systemPath } from "./crun.ts";
import { endContainer } from "./leftovers.ts";
import type { Output } from "./output.ts";
import type { PreparedMount } from "./prepare-mounts.ts";
import type { StandardStreams } from "./standard-streams.ts";

export interface Supervised {
  /** lines of a shell script that becomes crun at its end */
  readonly script: readonly string[];
  /** where it starts */
  readonly cwd: string;
  /** name of its container */
  readonly id: string;
  readonly streams: StandardStreams;
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
  const { script, cwd, id, streams, stdin, mounts, output, signal } = supervised;
  const pipes = mounts.flatMap((mount) => (mount.pipe ? [mount.pipe] : []));
  const child: ChildProcess = spawn("setpriv", ["--pdeathsig", "KILL", ...inOwnMounts(script)], {
    cwd,
    env: { PATH: systemPath },
    stdio: [...streams.ends, ...pipes.map(() => "pipe" as const)],
    detached: true, // an interrupt of the terminal is for us to handle
  });
  streams.given();
  for (const { fd, content } of pipes) feed(child.stdio[fd] as Writable, content);
  feed(streams.stdin, stdin);
  streams.stdout.on("data", (bytes: Buffer) => output.write("stdout", bytes));
  streams.stderr.on("data", (bytes: Buffer) => output.write("stderr", bytes));
  const read = Promise.all([streams.stdout, streams.stderr].map(closed));
  const stop = () => child.kill("SIGKILL");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  // A container that was just being made holds our pipes: only now is there nobody who goes on with it.
  child.on("exit", () => {
    if (signal.aborted) void endContainer(id);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`cannot start a container: ${error.message}`)));
    child.on("close", async (code, killedBy) => {
      await read;
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ code, signal: killedBy });
    });
  });
}

function closed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.on("error", () => undefined).once("close", resolve);
  });
}

function feed(pipe: Writable, content: Buffer): void {
  pipe.on("error", () => undefined); // who does not read its input may end before we wrote it
  pipe.end(content);
}
