import type { Socket } from "node:net";

/**
 * Passes on what either side of two connections sends, until both have ended. Both must be opened
 * with `allowHalfOpen`: who has said all may still be waiting for the answer.
 */
export function relay(one: Socket, other: Socket): void {
  for (const each of [one, other]) {
    each.on("error", () => {
      one.destroy();
      other.destroy();
    });
  }
  one.pipe(other).pipe(one);
}
