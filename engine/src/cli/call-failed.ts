import type { AnsweredError } from "../server/request-error.ts";

/** What was asked for failed: a step, a function, or the request itself. */
export class CallFailed extends Error {
  override name = "CallFailed";

  constructor(readonly errors: readonly AnsweredError[]) {
    super(errors.map(({ message }) => message).join("\n"));
  }
}

/** What a failed step wrote, and its exit code; undefined when no step is behind an error. */
export function failedStep(
  error: unknown,
): { exitCode: number; stdout: string; stderr: string } | undefined {
  if (!(error instanceof CallFailed)) {
    return error instanceof Error && error.cause ? failedStep(error.cause) : undefined;
  }
  const step = error.errors.find(({ extensions }) => extensions?._type === "EXEC_ERROR");
  if (!step) return undefined;
  const { exitCode, stdout, stderr } = step.extensions ?? {};
  return { exitCode: Number(exitCode), stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}
