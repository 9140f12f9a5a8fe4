import type { Digest } from "../tree/digest.ts";

/** How an operation that is worth showing fared. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "cached" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "cancelled" };

/** What happens in a session, as data: the progress display, logs and tests all read this. */
export type SessionEvent =
  | { readonly type: "started"; readonly id: number; readonly name: string; readonly key: Digest }
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

/** A stream of events with any number of listeners. */
export class Events {
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private last = 0;

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: SessionEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  notice(text: string): void {
    this.emit({ type: "notice", text });
  }

  /** Announces something that takes time; the answer reports its output and its end. */
  begin(name: string, key: Digest): Activity {
    const id = ++this.last;
    const since = performance.now();
    this.emit({ type: "started", id, name, key });
    return {
      output: (stream, text) => this.emit({ type: "output", id, stream, text }),
      end: (outcome) =>
        this.emit({
          type: "finished",
          id,
          name,
          outcome,
          duration: Math.round(performance.now() - since),
        }),
    };
  }
}

export interface Activity {
  output(stream: "stdout" | "stderr", text: string): void;
  end(outcome: Outcome): void;
}
