import type { SessionEvent } from "../../graph/events.ts";

/** Shows what happens in a session while it happens. */
export interface Progress {
  show(event: SessionEvent): void;
  /** what a failed step wrote is on the screen already */
  readonly showsFailures: boolean;
  /** ends the display: what comes after is written below it. May be called again. */
  finish(): void;
}

export const silentProgress: Progress = { showsFailures: false, show() {}, finish() {} };
