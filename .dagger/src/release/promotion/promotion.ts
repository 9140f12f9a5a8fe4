import { dag, type File, func, object } from "@dagger.io/dagger";
import { Report } from "../../report/report.ts";
import type { Kept } from "../rollout/run.ts";
import { rolloutText } from "./promotion-text.ts";
import { noRolloutReport, rolloutReport } from "./rollout-report.ts";

export interface PromotionDocument {
  readonly environment: string;
  /** what is to be said when there is no rollout, or beside it */
  readonly words: string;
  readonly kept: Kept | null;
}

/** How a release came to an environment, or is on its way, or went back. */
@object()
export class Promotion {
  /** as JSON text */
  private readonly document: string;

  constructor(document: string) {
    this.document = document;
  }

  /** What it is about, where it is, who moves it, and a line for everything that happened. */
  @func()
  summary(): string {
    const { environment, words, kept } = this.data();
    return `${kept ? rolloutText(environment, kept) : ""}${words}`;
  }

  /**
   * JSON: environment, and rollout as it is remembered: kind, release, previous, phase, step,
   * approvals, settings, log (at, phase, weight in percent, words, look); null when there is none.
   */
  @func()
  json(): File {
    const { environment, kept } = this.data();
    const all = { environment, rollout: kept?.rollout ?? null, lease: kept?.lease ?? null };
    return dag.file("rollout.json", `${JSON.stringify(all, null, 2)}\n`);
  }

  /**
   * The timeline as a report: weights, error rates and latencies of both versions, and why. The first
   * release of an environment has none.
   */
  @func()
  report(): Report {
    const { environment, kept } = this.data();
    const data = kept ? rolloutReport(environment, kept.rollout) : noRolloutReport(environment);
    return new Report(JSON.stringify(data));
  }

  private data(): PromotionDocument {
    return JSON.parse(this.document) as PromotionDocument;
  }
}

export function promotionOf(document: PromotionDocument): Promotion {
  return new Promotion(JSON.stringify(document));
}
