import { func, object } from "@dagger.io/dagger";

/** What the benchmarks call. */
@object()
export class Bench {
  /** runs no step; each text is another call */
  @func()
  say(text: string): string {
    return `said ${text}`;
  }
}
