import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** A step's three standard streams: our ends of them, and those that it is given. */
export interface StandardStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** file descriptors of what the step reads and writes, until `given` */
  readonly ends: readonly [number, number, number];
  /** The step has its ends: ours of them are closed. */
  given(): void;
}

/** File descriptors that keep a step's three pipes: each opens either end of one anew. */
export type Pipes = readonly [number, number, number];

/** An empty text within a shell script is a pipe; the last command only waits. */
const threePipes = `exec 3<<stdin 4<<stdout 5<<stderr
stdin
stdout
stderr
echo; exec cat`;

/**
 * Pipes for the standard streams of steps, used by one step after the other. What Node calls a pipe
 * is a socket, and no program can open that as /dev/stdout: these are a shell's.
 */
export class PipesOfSteps {
  private readonly free: Pipes[] = [];
  private readonly all = new Set<Pipes>();

  async acquire(): Promise<Pipes> {
    return this.free.pop() ?? (await this.add());
  }

  /** For the next step: nobody has them open, and nothing is in them. */
  release(pipes: Pipes): void {
    this.free.push(pipes);
  }

  /** For no other step: what is written to them is lost once the step has ended. */
  drop(pipes: Pipes): void {
    if (this.all.delete(pipes)) for (const pipe of pipes) closeSync(pipe);
  }

  close(): void {
    this.free.length = 0;
    for (const pipes of this.all) this.drop(pipes);
  }

  private async add(): Promise<Pipes> {
    const shell = spawn("sh", ["-c", threePipes], { stdio: ["pipe", "pipe", "inherit"] });
    await once(shell, "spawn");
    await once(shell.stdout, "data");
    const open = (fd: number) => openSync(`/proc/${shell.pid}/fd/${fd}`, constants.O_RDONLY);
    const pipes: Pipes = [open(3), open(4), open(5)];
    shell.stdin.end();
    this.all.add(pipes);
    return pipes;
  }
}

/** Opens both ends of pipes that nobody else has open. */
export function openStreams([input, output, errors]: Pipes): StandardStreams {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const reading = (pipe: number) =>
    new Socket({ fd: again(pipe, O_RDONLY | O_NONBLOCK), readable: true, writable: false });
  const ends = [again(input, O_RDONLY), again(output, O_WRONLY), again(errors, O_WRONLY)] as const;
  return {
    stdin: new Socket({ fd: again(input, O_WRONLY | O_NONBLOCK), readable: false, writable: true }),
    stdout: reading(output),
    stderr: reading(errors),
    ends,
    given: () => ends.forEach((end) => void closeSync(end)),
  };
}

function again(pipe: number, flags: number): number {
  return openSync(`/proc/self/fd/${pipe}`, flags);
}
