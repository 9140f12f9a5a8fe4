import type { Progress } from "./progress.ts";
import { seconds } from "./seconds.ts";
import { StepLog } from "./step-log.ts";

/** How much is shown: 0 as usual, 1 the output of all steps while it comes. */
export interface PlainOptions {
  readonly verbosity: number;
}

/** A line when a step ends, `12 : name DONE 3.2s`; what it wrote is shown when it failed. */
export function plainProgress(
  write: (text: string) => void,
  { verbosity }: PlainOptions,
): Progress {
  const logs = new Map<number, StepLog>();
  const notices = new Set<string>();
  const shown = new Map<number, number>();
  const line = (id: number, text: string) => {
    const number = shown.get(id) ?? shown.size + 1;
    shown.set(id, number);
    write(`${String(number).padEnd(3)}: ${text}\n`);
  };
  return {
    showsFailures: false,
    show(event) {
      switch (event.type) {
        case "started":
          return line(event.id, event.name);
        case "output": {
          const log = logs.get(event.id) ?? new StepLog();
          logs.set(event.id, log);
          for (const each of log.add(event.text)) {
            if (verbosity > 0) line(event.id, `| ${each}`);
          }
          return;
        }
        case "finished": {
          const { outcome } = event;
          const took = seconds(event.duration);
          switch (outcome.kind) {
            case "done":
              return line(event.id, `${event.name} DONE ${took}`);
            case "cached":
              return line(event.id, `${event.name} CACHED`);
            case "cancelled":
              return line(event.id, `${event.name} CANCELED ${took}`);
            case "failed":
              if (verbosity === 0) {
                for (const each of logs.get(event.id)?.tail(tailLines) ?? []) {
                  line(event.id, `| ${each}`);
                }
              }
              return line(event.id, `${event.name} ERROR ${took}: ${firstLine(outcome.message)}`);
          }
          return;
        }
        case "notice":
          // Each step on a stand-in says so; once is enough.
          if (!notices.has(event.text)) write(`! ${event.text}\n`);
          notices.add(event.text);
      }
    },
    finish() {},
  };
}

/** Lines of a failed step's output that are shown. */
const tailLines = 40;

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
