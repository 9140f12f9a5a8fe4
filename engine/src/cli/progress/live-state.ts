import type { Outcome, SessionEvent } from "../../graph/events.ts";
import { seconds } from "./seconds.ts";
import { StepLog } from "./step-log.ts";
import { cut } from "./width.ts";

/** How text is set off on a terminal; plain text where colours are not wanted. */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly bold: (text: string) => string;
}

interface Running {
  readonly name: string;
  readonly since: number;
  readonly log: StepLog;
}

/** Lines of a failed step's output that are shown. */
const tailLines = 30;

/** What a live display knows: what runs now, and how much has ended how. */
export class LiveState {
  private readonly running = new Map<number, Running>();
  private readonly ended = { done: 0, cached: 0, failed: 0, cancelled: 0 };
  private readonly notices = new Set<string>();
  private readonly since: number;

  constructor(
    private readonly now: () => number,
    private readonly paint: Paint,
    private readonly verbosity: number,
  ) {
    this.since = now();
  }

  /** Takes note of an event; the answer is the lines that stay on a screen of that width. */
  take(event: SessionEvent, columns: number): string[] {
    switch (event.type) {
      case "started":
        this.running.set(event.id, {
          name: event.name,
          since: this.now(),
          log: new StepLog(),
        });
        return [];
      case "output": {
        const lines = this.running.get(event.id)?.log.add(event.text) ?? [];
        return this.verbosity > 0 ? lines.map((line) => `  ${this.paint.dim(line)}`) : [];
      }
      case "finished": {
        const log = this.running.get(event.id)?.log;
        this.running.delete(event.id);
        this.ended[event.outcome.kind]++;
        const room = columns - seconds(event.duration).length - 4;
        return this.ending(cut(event.name, room), event.outcome, event.duration, log);
      }
      case "notice":
        if (this.notices.has(event.text)) return [];
        this.notices.add(event.text);
        return [`${this.paint.yellow("!")} ${event.text}`];
    }
  }

  /** The lines that are drawn over again, for a screen of that size. */
  lines(rows: number, columns: number): string[] {
    if (this.running.size === 0) return [];
    const room = Math.max(1, Math.min(rows - 3, mostRunning));
    const all = [...this.running.values()];
    const shown = all.slice(0, all.length > room ? room - 1 : room);
    const wide = all.length <= Math.floor(room / 2);
    const spinner = frames[Math.floor(this.now() / 100) % frames.length];
    return [
      ...shown.flatMap(({ name, since, log }) => {
        const [last] = wide ? log.tail(1) : [];
        const took = seconds(this.now() - since);
        const room = columns - took.length - 4;
        return [
          `${this.paint.yellow(spinner ?? "")} ${cut(name, room)} ${this.paint.dim(took)}`,
          ...(last ? [`  ${this.paint.dim(last)}`] : []),
        ];
      }),
      ...(shown.length < all.length
        ? [this.paint.dim(`  … and ${all.length - shown.length} more`)]
        : []),
      this.summary(),
    ];
  }

  /** What has been done so far, in one line. */
  summary(): string {
    const { done, cached, failed, cancelled } = this.ended;
    const parts = [
      `${this.running.size > 0 ? `${this.running.size} running, ` : ""}${done} done`,
      `${cached} cached`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(cancelled > 0 ? [`${cancelled} canceled`] : []),
    ];
    return this.paint.bold(`${seconds(this.now() - this.since)}  ${parts.join(", ")}`);
  }

  get anythingEnded(): boolean {
    return Object.values(this.ended).some((count) => count > 0);
  }

  private ending(
    name: string,
    outcome: Outcome,
    duration: number,
    log: StepLog | undefined,
  ): string[] {
    const { dim, green, red, yellow } = this.paint;
    const took = dim(seconds(duration));
    switch (outcome.kind) {
      case "done":
        return [`${green("✔")} ${name} ${took}`];
      case "cached":
        return this.verbosity > 0 ? [`${green("✔")} ${name} ${dim("CACHED")}`] : [];
      case "cancelled":
        return [`${yellow("∅")} ${name} ${dim("CANCELED")}`];
      case "failed": {
        const tail = this.verbosity > 0 ? [] : (log?.tail(tailLines) ?? []);
        const [said = ""] = outcome.message.split("\n");
        return [`${red("✘")} ${name} ${took}  ${red(said)}`, ...tail.map((line) => `  ${line}`)];
      }
    }
  }
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Running steps that are shown at most, however tall the terminal is. */
const mostRunning = 20;
