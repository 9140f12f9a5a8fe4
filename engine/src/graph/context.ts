import type { CacheFolder } from "../cache-folder.ts";
import type { Runner } from "../runner/runner.ts";
import type { Services } from "../runner/services.ts";
import type { Digest } from "../tree/digest.ts";
import type { Events } from "./events.ts";
import type { Solver } from "./solver.ts";
import type { StepFaults } from "./step-faults.ts";

/** What an operation may use while it is identified or run. */
export interface Context {
  readonly cache: CacheFolder;
  readonly solver: Solver;
  readonly runner: Runner;
  readonly services: Services;
  readonly events: Events;
  /** aborted when the session ends or the user interrupts */
  readonly signal: AbortSignal;
  readonly secrets: SecretReader;
  /** what a test has planted */
  readonly faults?: StepFaults;
}

/** Secrets by the name or address that stands for them in operations; plaintext stays here. */
export interface SecretReader {
  plaintext(reference: string): Promise<Buffer>;
  /** the plaintexts read in this session that are long enough to be told from other text */
  read(): readonly Buffer[];
  /** keyed hash of name and plaintext, or of the secret's cacheKey when it has one */
  identity(reference: string): Promise<Digest>;
}
