import { AsyncLocalStorage } from "node:async_hooks";
import type { Digest } from "../tree/digest.ts";

/** How an operation that is worth showing fared. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "cached" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "cancelled" };

/** What takes time in a session: commands in containers, what comes from the web or git, modules. */
export type ActivityKind = "step" | "service" | "fetch" | "module" | "function";

/** What happens in a session, as data: the progress display, logs and tests all read this. */
export type SessionEvent =
  | {
      readonly type: "started";
      readonly id: number;
      readonly kind: ActivityKind;
      readonly name: string;
      readonly key: Digest;
      /** the function that asked for it first; only when parents are followed */
      readonly parent?: number;
    }
  | {
      readonly type: "output";
      readonly id: number;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
    }
  | {
      readonly type: "finished";
      readonly id: number;
      readonly name: string;
      readonly outcome: Outcome;
      /** milliseconds */
      readonly duration: number;
    }
  | { readonly type: "notice"; readonly text: string };

export interface EventsOptions {
  /** takes out of all texts what nobody is to see */
  readonly clean?: (text: string) => string;
  /** following who asked for what costs a little at each promise: only where somebody reads it */
  readonly followParents?: boolean;
}

/** A stream of events with any number of listeners. */
export class Events {
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private readonly clean: (text: string) => string;
  private readonly parents: AsyncLocalStorage<number> | undefined;
  private last = 0;

  constructor({ clean = (text) => text, followParents = false }: EventsOptions = {}) {
    this.clean = clean;
    this.parents = followParents ? new AsyncLocalStorage() : undefined;
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: SessionEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  notice(text: string): void {
    this.emit({ type: "notice", text: this.clean(text) });
  }

  /** Announces something that takes time; the answer reports its output and its end. */
  begin(kind: ActivityKind, title: string, key: Digest): Activity {
    const id = ++this.last;
    const since = performance.now();
    const name = this.clean(title);
    const parent = this.parents?.getStore();
    this.emit({ type: "started", id, kind, name, key, ...(parent ? { parent } : {}) });
    return {
      output: (stream, text) => this.emit({ type: "output", id, stream, text: this.clean(text) }),
      end: (outcome) =>
        this.emit({
          type: "finished",
          id,
          name,
          outcome:
            outcome.kind === "failed"
              ? { kind: "failed", message: this.clean(outcome.message) }
              : outcome,
          duration: Math.round(performance.now() - since),
        }),
      during: (work) => (this.parents ? this.parents.run(id, work) : work()),
    };
  }
}

export interface Activity {
  output(stream: "stdout" | "stderr", text: string): void;
  end(outcome: Outcome): void;
  /** What begins while `work` runs was begun by this. */
  during<T>(work: () => T): T;
}
