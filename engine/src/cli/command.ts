import type { EngineSession } from "../server/session.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { Io } from "./io.ts";

/** What a command is given. */
export interface Surroundings {
  readonly io: Io;
  readonly globals: GlobalFlags;
  /** opens the session of this command; its progress is shown, and it is closed at the end */
  open(): Promise<EngineSession>;
  /** aborted when the user interrupts */
  readonly signal: AbortSignal;
}

/** Carries a command line out; the answer is the exit code. */
export type Command = (args: readonly string[], surroundings: Surroundings) => Promise<number>;
