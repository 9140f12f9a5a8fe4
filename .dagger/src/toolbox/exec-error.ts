/** A command in a container that failed; `message` is `exit code: N` and what it wrote. */
export interface ExecError extends Error {
  readonly cmd: string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Known by its name: the library that Dagger gives to modules does not have its class. */
export function isExecError(error: unknown): error is ExecError {
  return error instanceof Error && error.name === "ExecError";
}
