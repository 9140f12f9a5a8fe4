import type { Limits } from "../../config/rollout.ts";
import { type Cohort, percentile, slowerThan } from "./cohort.ts";
import { differenceInterval, type Interval, normalQuantile, shareInterval } from "./proportions.ts";

/** `inconclusive`: too little is known to say either. */
export type Verdict = "pass" | "fail" | "inconclusive";

/** What one measure says: its interval against its limit. */
export interface Finding {
  readonly measure: string;
  readonly verdict: Verdict;
  readonly interval: Interval;
  readonly limit: number;
}

/** Looks at the data of a step, at most: each is a chance to be wrong, and gets its part of it. */
export const looks = 10;

/**
 * Compares the new version with the old one and with the limits. Every measure is a share of requests
 * (errors; requests slower than a bound), and its verdict comes from an interval: all of it above the
 * limit is a fail, all of it below a pass, and anything else, no data among it, inconclusive.
 *
 * @param confidence percent; a step's chance of a wrong verdict on one measure is at most what is left
 */
export function analyse(
  now: Cohort,
  old: Cohort,
  limits: Limits,
  confidence: number,
): readonly Finding[] {
  const z = normalQuantile(1 - (1 - confidence / 100) / looks);
  const errors = { count: now.errors, total: now.requests };
  const before = { count: old.errors, total: old.requests };
  const tail = 1 - limits.percentile / 100;
  const name = `p${limits.percentile}`;
  const usual = percentile(old, limits.percentile);
  const bound = usual === undefined ? undefined : usual * (1 + limits.latencyIncrease / 100);
  return [
    finding("error rate", shareInterval(errors, z), limits.errorRate / 100),
    finding(
      "error rate above the old version's",
      differenceInterval(errors, before, z),
      limits.errorIncrease / 100,
    ),
    finding(
      `share slower than ${limits.latency} s`,
      shareInterval(slowerThan(now, limits.latency), z),
      tail,
    ),
    bound === undefined
      ? finding(`share slower than the old version's ${name}, which is not known`, unknown, tail)
      : finding(
          `share slower than ${bound.toFixed(3)} s (the old version's ${name} and ${limits.latencyIncrease} %)`,
          shareInterval(slowerThan(now, bound), z),
          tail,
        ),
  ];
}

/** The worst counts: one failure is a failure, and only passes everywhere are a pass. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const has = (verdict: Verdict) => findings.some((each) => each.verdict === verdict);
  return has("fail") ? "fail" : has("inconclusive") ? "inconclusive" : "pass";
}

const unknown: Interval = { lower: 0, upper: 1 };

function finding(measure: string, interval: Interval, limit: number): Finding {
  const { lower, upper } = interval;
  const verdict = lower > limit ? "fail" : upper <= limit ? "pass" : "inconclusive";
  return { measure, verdict, interval, limit };
}
