import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { CacheFolder } from "../cache-folder.ts";
import { mountCommand, quote } from "./overlay.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Read-only views of snapshots. The overlays are mounted by a shell in a mount namespace of its
 * own, and seen through its /proc/<pid>/root: when this process ends, however it does, the shell's
 * standard input closes, it ends, and every mount is gone with its namespace.
 */
export class Views {
  private shell: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private readonly answers: ((status: string) => void)[] = [];

  constructor(private readonly cache: CacheFolder) {}

  /** The snapshot at a path of this machine, for as long as `use` runs. */
  async with<T>(snapshot: Snapshot, use: (path: string) => Promise<T>): Promise<T> {
    if (snapshot.layers.length === 1) {
      return use(join(this.cache.layers, snapshot.layers[0] as string));
    }
    const at = mkdtempSync(join(this.cache.tmp, "view-"));
    if (snapshot.layers.length === 0) return use(at);
    const command = mountCommand({ layers: snapshot.layers, below: [], at });
    await this.say(command);
    try {
      return await use(`/proc/${this.shell?.pid}/root${at}`);
    } finally {
      await this.say(`umount ${quote(at)}`).catch(() => undefined);
    }
  }

  close(): void {
    this.shell?.stdin.end();
    this.shell = undefined;
  }

  private say(command: string): Promise<void> {
    const shell = this.start();
    return new Promise((resolve, reject) => {
      this.answers.push((status) => {
        if (status === "0") resolve();
        else reject(new Error(`cannot show a container's files: ${command}: status ${status}`));
      });
      shell.stdin.write(`${command} >&2; echo $?\n`);
    });
  }

  private start(): ChildProcessByStdio<Writable, Readable, null> {
    if (this.shell) return this.shell;
    mkdirSync(this.cache.layers, { recursive: true });
    const shell = spawn("unshare", ["--mount", "--propagation", "private", "sh"], {
      cwd: this.cache.layers,
      stdio: ["pipe", "pipe", "ignore"],
      detached: true, // an interrupt of the terminal is for us to handle
    });
    createInterface(shell.stdout).on("line", (line) => this.answers.shift()?.(line));
    shell.on("exit", () => {
      for (const answer of this.answers.splice(0)) answer("ended");
      if (this.shell === shell) this.shell = undefined;
    });
    shell.on("error", () => undefined);
    shell.stdin.on("error", () => undefined);
    this.shell = shell;
    return shell;
  }
}
