import { constants } from "node:os";

/** How long ending a session in order may take before the process ends anyway, in milliseconds. */
const patience = 10_000;

/**
 * On the first SIGINT, SIGTERM or SIGHUP aborts what runs, and answers the exit code that a shell
 * expects of that signal when all has `ended`; on the second one exits at once.
 */
export function onInterrupt(
  abort: AbortController,
  ended: () => Promise<unknown>,
): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const code = 128 + constants.signals[signal];
      process.on(signal, () => {
        if (abort.signal.aborted) process.exit(code);
        abort.abort();
        setTimeout(() => process.exit(code), patience);
        ended().then(() => resolve(code));
      });
    }
  });
}
