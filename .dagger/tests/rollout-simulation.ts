import { type RolloutSettings, settingsSchema } from "../src/config/rollout.ts";
import { type Cohort, nothing } from "../src/release/rollout/cohort.ts";
import {
  beginRollout,
  isOver,
  type Rollout,
  wantedWeight,
} from "../src/release/rollout/rollout.ts";
import { after, nextAction, type Outcome } from "../src/release/rollout/transitions.ts";

/** The defaults of kitchen.yaml, with the limits that the guide recommends to begin with. */
export const defaults: RolloutSettings = settingsSchema.parse({
  limits: { errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.5, latencyIncrease: 30 },
});

/** How one version answers. */
export interface Version {
  /** share of the requests */
  readonly errors: number;
  /** median of its latency in seconds; log-normal, with this spread */
  readonly median: number;
  readonly spread: number;
  /** share of the measurements that cannot be had */
  readonly blind?: number;
  /** it begins to be like that at this weight; until then it is as the old one */
  readonly from?: number;
}

/** What is rolled out, under which load. */
export interface Scenario {
  readonly name: string;
  readonly now: Version;
  /** requests a second, of both versions together */
  readonly load: number;
}

export interface Result {
  readonly phase: "done" | "reverted";
  /** why it went back: a measured fault, or because nothing could be said */
  readonly inconclusive: boolean;
  /** seconds from its first traffic on */
  readonly seconds: number;
  /** requests that the new version had, and those that failed, until it was over */
  readonly requests: number;
  readonly failed: number;
}

export const old: Version = { errors: 0.001, median: 0.04, spread: 0.6 };
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Rolls out once, in virtual time. */
export function simulate(
  { now, load }: Scenario,
  settings: RolloutSettings,
  random: Random,
): Result {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  let rollout: Rollout = beginRollout({
    ...{ kind: "promotion", release: digest("b"), previous: digest("a"), settings, plan: null },
    ...{ started: new Date(0), actor: "simulation", why: "", approvals: [], used: [] },
  });
  const total = { seconds: 0, requests: 0, failed: 0 };
  while (!isOver(rollout)) {
    const action = nextAction(rollout);
    let outcome: Outcome = { kind: "done" };
    if (action?.kind === "observe") {
      const { seconds } = action;
      const weight = wantedWeight(rollout);
      const like = weight >= (now.from ?? 0) ? now : old;
      const arrived = random.poisson(load * seconds);
      const mine = random.binomial(arrived, weight / 100);
      const seen = cohort(mine, like, random);
      total.seconds += seconds;
      total.requests += mine;
      total.failed += seen.errors;
      outcome =
        random.next() < (now.blind ?? 0)
          ? { kind: "unknown", problem: "no answer" }
          : { kind: "observed", seconds, now: seen, old: cohort(arrived - mine, old, random) };
    }
    // The log is not looked at, and would be most of the work.
    rollout = { ...after(rollout, outcome, new Date(0)), log: [] };
  }
  const { failure, phase } = rollout;
  const inconclusive = failure !== null && /^inconclusive|measurements failed/.test(failure);
  return { phase: phase === "done" ? "done" : "reverted", inconclusive, ...total };
}

function cohort(requests: number, { errors, median, spread }: Version, random: Random): Cohort {
  if (requests === 0) return nothing;
  const latency: Record<string, number> = {};
  let [left, before, counted] = [requests, 0, 0];
  for (const bound of bounds) {
    const share = logNormal(bound / median, spread);
    const here = random.binomial(left, Math.min(1, (share - before) / (1 - before)));
    [left, before, counted] = [left - here, share, counted + here];
    latency[bound] = counted;
  }
  return {
    requests,
    errors: random.binomial(requests, errors),
    latency: { ...latency, "+Inf": requests },
  };
}

/** Share of a log-normal distribution below so many medians (erf by Abramowitz and Stegun 7.1.26). */
function logNormal(ratio: number, spread: number): number {
  const x = Math.log(ratio) / spread / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - series * Math.exp(-x * x);
  return Math.min(1 - 1e-9, (1 + Math.sign(x) * erf) / 2);
}

/** The same numbers for the same seed (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** from 0 to 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** How many of `count` happen that each happen with a probability. */
  binomial(count: number, probability: number): number {
    if (probability <= 0 || count === 0) return 0;
    if (probability >= 1) return count;
    if (probability > 0.5) return count - this.binomial(count, 1 - probability);
    const mean = count * probability;
    if (mean > 30) {
      const drawn = Math.round(mean + this.normal() * Math.sqrt(mean * (1 - probability)));
      return Math.min(count, Math.max(0, drawn));
    }
    // Waiting times between those that happen.
    let happened = 0;
    let at = 0;
    for (;;) {
      at += Math.floor(Math.log(1 - this.next()) / Math.log(1 - probability)) + 1;
      if (at > count) return happened;
      happened++;
    }
  }

  poisson(mean: number): number {
    return this.binomial(Math.ceil(mean * 1000), mean / Math.ceil(mean * 1000));
  }

  private normal(): number {
    const length = Math.sqrt(-2 * Math.log(1 - this.next()));
    return length * Math.cos(2 * Math.PI * this.next());
  }
}
