import { ApiError } from "../tree/api-error.ts";

/** A step ended otherwise than it was expected to: Dagger's EXEC_ERROR. */
export class ExecError extends ApiError {
  constructor(
    message: string,
    readonly step: {
      readonly cmd: readonly string[];
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
    },
  ) {
    super(message, { _type: "EXEC_ERROR", ...step });
    this.name = "ExecError";
  }
}
