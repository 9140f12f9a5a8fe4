import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { processSettings } from "../runner/machine-settings.ts";
import { Scrubber } from "../runner/scrub.ts";
import type { CallRequest } from "./sdk/call-main.ts";
import { withLateCertificates } from "./sdk/late-certificates.ts";

/** How a process that ran a function ended. */
export interface FunctionExit {
  /** 128 + signal for a process that was killed */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Processes in which functions run: one for each call, started ahead where one more is likely. */
export class FunctionProcesses {
  private readonly running = new Set<ChildProcess>();
  private spare: ChildProcess | undefined;

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** Starts loading what every call needs. */
  prepare(program: string): void {
    this.spare ??= this.start(program);
  }

  /** Runs one function; ends with its process. */
  run(
    program: string,
    request: CallRequest,
    onOutput: (stream: "stdout" | "stderr", text: string) => void,
    secrets: () => readonly Buffer[],
  ): Promise<FunctionExit> {
    const child = this.spare ?? this.start(program);
    this.spare = undefined;
    return new Promise((resolve, reject) => {
      const output = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        const scrubber = new Scrubber(secrets);
        const decoder = new StringDecoder("utf8");
        const show = (bytes: Buffer) => {
          const text = decoder.write(bytes);
          if (text === "") return;
          output[stream] += text;
          onOutput(stream, text);
        };
        child[stream]?.on("data", (bytes: Buffer) => show(scrubber.push(bytes)));
        child[stream]?.on("end", () => show(scrubber.end()));
      }
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve({ code: code ?? 128 + (signal === "SIGKILL" ? 9 : 15), ...output });
      });
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(JSON.stringify(request));
    });
  }

  /** Ends what still runs. */
  close(): void {
    for (const { pid } of this.running) {
      // With what the function itself started.
      if (pid !== undefined) killGroup(pid);
    }
  }

  private start(program: string): ChildProcess {
    const { PATH, HOME } = this.env;
    // It ends with this process, also when that is killed.
    const command = ["--pdeathsig", "KILL", process.execPath, "--enable-source-maps", program];
    const child = spawn("/usr/bin/setpriv", command, {
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...withLateCertificates(processSettings(this.env)),
        ...(PATH ? { PATH } : {}),
        ...(HOME ? { HOME } : {}),
      },
      // A signal for the command line is not one for the function: the session ends it.
      detached: true,
    });
    this.running.add(child);
    child.once("close", () => {
      this.running.delete(child);
      if (this.spare === child) this.spare = undefined;
    });
    return child;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
