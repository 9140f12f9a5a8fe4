import { holdsSecret, Scrubber } from "./scrub.ts";

/** Most that is kept of one stream; the rest is shown while it runs, and counted. */
const mostKept = 128 * 1024 * 1024; // bytes

/** What a step wrote. */
export interface Written {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** both, in the order in which they came */
  readonly combined: Buffer;
  /** an encoded form of a secret is in it: for who asked, but not to be kept */
  readonly holdsSecret: boolean;
}

/**
 * Both streams of a step, passed on as they come, and kept. What is kept is what Dagger answers: it
 * has no secret in plain. What is passed on, to be shown, has none in any form.
 */
export class Output {
  private readonly kept = { stdout: new Kept(), stderr: new Kept() };
  private readonly combined = new Kept();
  private readonly plain;
  private readonly shown;

  constructor(
    private readonly secrets: readonly Buffer[],
    private readonly onText: ((stream: "stdout" | "stderr", text: string) => void) | undefined,
  ) {
    this.plain = { stdout: new Scrubber(secrets, true), stderr: new Scrubber(secrets, true) };
    this.shown = { stdout: new Scrubber(secrets), stderr: new Scrubber(secrets) };
  }

  write(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.keep(stream, this.plain[stream].push(bytes));
    this.show(stream, this.shown[stream].push(bytes));
  }

  end(): Written {
    for (const stream of ["stdout", "stderr"] as const) {
      this.keep(stream, this.plain[stream].end());
      this.show(stream, this.shown[stream].end());
    }
    const combined = this.combined.bytes();
    return {
      stdout: this.kept.stdout.bytes(),
      stderr: this.kept.stderr.bytes(),
      combined,
      holdsSecret: holdsSecret(combined, this.secrets),
    };
  }

  private keep(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.kept[stream].add(bytes);
    this.combined.add(bytes);
  }

  private show(stream: "stdout" | "stderr", bytes: Buffer): void {
    if (bytes.length > 0) this.onText?.(stream, bytes.toString("utf8"));
  }
}

class Kept {
  private readonly chunks: Buffer[] = [];
  private size = 0;

  add(bytes: Buffer): void {
    if (bytes.length > 0 && this.size < mostKept) this.chunks.push(bytes);
    this.size += bytes.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}
