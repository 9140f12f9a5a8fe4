import { settingsSchema } from "../src/config/rollout.ts";
import { Overtaken } from "../src/environments/environment.ts";
import { type Cohort, nothing } from "../src/release/rollout/cohort.ts";
import { beginRollout, type Rollout } from "../src/release/rollout/rollout.ts";
import {
  type Clock,
  type Kept,
  type Memory,
  type Observed,
  type Stage,
} from "../src/release/rollout/run.ts";

export const settings = settingsSchema.parse({
  steps: [5, 50, 100].map((weight) => ({ weight, soak: 10, requests: 300 })),
  watch: 20,
  limits: { errorRate: 3, errorIncrease: 2, percentile: 95, latency: 0.5, latencyIncrease: 50 },
});

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export function newRollout(
  kind: Rollout["kind"] = "promotion",
  plan: string | null = null,
): Rollout {
  return beginRollout({
    ...{ kind, plan, release: digest("b"), previous: digest("a"), settings },
    ...{ started: new Date(0), actor: "ada", why: kind === "promotion" ? "" : "it is slow" },
    ...{ approvals: [], used: [] },
  });
}

export function cohort(requests: number, errors = 0, slow = 0): Cohort {
  const fast = requests - slow;
  return {
    requests,
    errors,
    latency: { "0.1": fast, "0.5": fast, "1": requests, "+Inf": requests },
  };
}

/** A small environment: what is in it is what a crash leaves behind. */
export class World implements Stage, Memory, Clock {
  kept: Kept | undefined;
  deployed = false;
  /** how often the plan was applied */
  applied = 0;
  weight = 0;
  seconds = 0;
  /** every weight that the new version ever had */
  readonly weights: number[] = [];
  readonly calls: string[] = [];
  measure: (weight: number) => Observed["now"] = () => cohort(500);
  /** what the old version did before it lost all traffic, as far as the environment can tell */
  before: Cohort = nothing;
  lacks = "";
  /** why the new version is gone, from its first look on */
  wentBack: string | undefined;
  served: () => string | null = () => this.kept?.rollout.release ?? null;
  problems: readonly string[] = [];
  /** called before and after whatever changes or asks something */
  disturb: (moment: string) => void = () => {};

  now(): Date {
    return new Date(Date.UTC(2026, 10, 25) + this.seconds * 1000);
  }

  async read(): Promise<Kept | undefined> {
    return this.kept;
  }

  async write(kept: Kept, expected: number | undefined): Promise<void> {
    await this.step(`write ${kept.rollout.phase}`, () => {
      if (this.kept?.rollout.revision !== expected) throw new Overtaken("somebody else wrote");
      this.kept = kept;
    });
  }

  async apply(): Promise<string> {
    await this.step("apply", () => {
      if (this.applied++ > 0) throw new Error("the plan is stale");
    });
    return "the plan is applied: 1 resource change";
  }

  deploy(revision: number): Promise<void> {
    return this.step("deploy", () => {
      this.present(revision);
      this.deployed = true;
    });
  }

  async probe(): Promise<readonly string[]> {
    await this.step("probe", () => {});
    return this.problems;
  }

  shift(weight: number, revision: number): Promise<void> {
    return this.step(`shift ${weight}`, () => {
      this.present(revision);
      this.weight = weight;
      this.weights.push(weight);
    });
  }

  revert(revision: number): Promise<void> {
    return this.step("revert", () => {
      this.present(revision);
      this.weight = 0;
      this.weights.push(0);
    });
  }

  async observe(seconds: number): Promise<Observed> {
    await this.step("observe", () => {
      this.seconds += seconds;
    });
    const now = this.measure(this.weight);
    const old = this.weight === 100 ? this.before : cohort(2000);
    const { lacks, weight, wentBack } = this;
    return { seconds, wentBack, now, old, lacks, weight, served: this.served() };
  }

  private present(revision: number): void {
    if (this.kept?.rollout.revision !== revision) throw new Overtaken("somebody else moves it");
  }

  private async step(name: string, effect: () => void): Promise<void> {
    this.calls.push(name);
    this.disturb(`before ${name}`);
    effect();
    this.disturb(`after ${name}`);
  }
}
