import type { Progress } from "./progress.ts";

/** One JSON object a line for each event, as graph/events.ts describes them. */
export function jsonProgress(write: (text: string) => void): Progress {
  return {
    showsFailures: false,
    show: (event) => write(`${JSON.stringify(event)}\n`),
    finish() {},
  };
}
