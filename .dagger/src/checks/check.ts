import type { StageName } from "../config/stages.ts";
import type { Tool } from "./tool.ts";

/** A stage of checks: its tools all run at once. */
export interface Check {
  readonly name: StageName;
  readonly tools: readonly Tool[];
}
