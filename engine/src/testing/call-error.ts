import type { AnsweredError } from "../server/request-error.ts";

/** What a request or a function failed with. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** as the API tells it: `_type`, `cmd`, `exitCode`, `stdout`, `stderr` of a step that failed */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** of the step that failed, if it was one */
  readonly exitCode: number | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;

  constructor({ message, extensions = {} }: Pick<AnsweredError, "message" | "extensions">) {
    super(message);
    const { exitCode, stdout, stderr } = extensions;
    this.extensions = extensions;
    this.exitCode = typeof exitCode === "number" ? exitCode : undefined;
    this.stdout = typeof stdout === "string" ? stdout : undefined;
    this.stderr = typeof stderr === "string" ? stderr : undefined;
  }
}
