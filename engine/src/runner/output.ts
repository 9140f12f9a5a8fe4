import { Scrubber } from "./scrub.ts";

/** Most that is kept of one stream; the rest is shown while it runs, and counted. */
const mostKept = 128 * 1024 * 1024; // bytes

/** Both streams of a step: scrubbed, passed on as they come, and kept. */
export class Output {
  private readonly streams;
  private readonly all: Buffer[] = [];
  private allSize = 0;

  constructor(
    secrets: readonly Buffer[],
    private readonly onText: ((stream: "stdout" | "stderr", text: string) => void) | undefined,
  ) {
    this.streams = { stdout: new Kept(secrets), stderr: new Kept(secrets) };
  }

  write(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.show(stream, this.streams[stream].scrubber.push(bytes));
  }

  end(): { stdout: Buffer; stderr: Buffer; combined: Buffer } {
    for (const stream of ["stdout", "stderr"] as const) {
      this.show(stream, this.streams[stream].scrubber.end());
    }
    return {
      stdout: Buffer.concat(this.streams.stdout.chunks),
      stderr: Buffer.concat(this.streams.stderr.chunks),
      combined: Buffer.concat(this.all),
    };
  }

  private show(stream: "stdout" | "stderr", bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.streams[stream].keep(bytes);
    if (this.allSize < mostKept) this.all.push(bytes);
    this.allSize += bytes.length;
    this.onText?.(stream, bytes.toString("utf8"));
  }
}

class Kept {
  readonly scrubber: Scrubber;
  readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(secrets: readonly Buffer[]) {
    this.scrubber = new Scrubber(secrets);
  }

  keep(bytes: Buffer): void {
    if (this.size < mostKept) this.chunks.push(bytes);
    this.size += bytes.length;
  }
}
