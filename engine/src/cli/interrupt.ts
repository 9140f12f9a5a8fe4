import { constants } from "node:os";

/** How long ending a session in order may take before the process ends anyway, in milliseconds. */
const patience = 10_000;

/**
 * On the first SIGINT, SIGTERM or SIGHUP, aborts what runs, closes the session and exits as a shell
 * expects of that signal; on the second one exits at once. What is answered never settles: the
 * process ends before.
 */
export function onInterrupt(abort: AbortController, close: () => Promise<void>): Promise<never> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const code = 128 + constants.signals[signal];
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(code);
      abort.abort();
      setTimeout(() => process.exit(code), patience);
      close().then(
        () => process.exit(code),
        () => process.exit(code),
      );
    });
  }
  return new Promise<never>(() => {});
}
