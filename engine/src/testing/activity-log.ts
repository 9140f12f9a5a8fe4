import type { ActivityKind, SessionEvent } from "../graph/events.ts";

/** Something that took time in a session: a command in a container, a function's process, … */
export interface Activity {
  readonly kind: ActivityKind;
  /** `withExec pip install …` for a step, `module.function` for a function */
  readonly name: string;
  /** `cached`: its answer was there, and nothing was run */
  readonly outcome: "running" | "done" | "failed" | "cached" | "cancelled";
  /** why it failed */
  readonly message?: string;
  /** what it wrote; secrets are `***` */
  readonly stdout: string;
  readonly stderr: string;
}

/** What happened in a session, put together from its events. */
export class ActivityLog {
  private readonly byId = new Map<number, { -readonly [K in keyof Activity]: Activity[K] }>();
  private readonly notices: string[] = [];

  take(event: SessionEvent): void {
    if (event.type === "notice") {
      this.notices.push(event.text);
      return;
    }
    if (event.type === "started") {
      const { kind, name } = event;
      this.byId.set(event.id, { kind, name, outcome: "running", stdout: "", stderr: "" });
      return;
    }
    const activity = this.byId.get(event.id);
    if (!activity) return;
    if (event.type === "output") {
      activity[event.stream] += event.text;
      return;
    }
    activity.outcome = event.outcome.kind;
    if (event.outcome.kind === "failed") activity.message = event.outcome.message;
  }

  /** All of it, in the order in which it began. */
  all(): readonly Activity[] {
    return [...this.byId.values()];
  }

  /** What the session said to people: a stand-in in the place of an image, packages installed. */
  notes(): readonly string[] {
    return this.notices;
  }

  /** Names of what really ran, to its end or not. */
  executed(kind?: ActivityKind): string[] {
    return this.names(kind, ({ outcome }) => outcome !== "cached");
  }

  /** Names of what was not run, since its answer was there. */
  cached(kind?: ActivityKind): string[] {
    return this.names(kind, ({ outcome }) => outcome === "cached");
  }

  private names(kind: ActivityKind | undefined, select: (activity: Activity) => boolean) {
    return this.all()
      .filter((activity) => (kind === undefined || activity.kind === kind) && select(activity))
      .map(({ name }) => name);
  }
}
