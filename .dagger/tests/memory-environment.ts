import type {
  Changed,
  Current,
  Environment,
  Observation,
  Recalled,
  RolloutMemory,
  Slot,
  Smoke,
  Weights,
} from "../src/environments/environment.ts";
import { EnvironmentError, Overtaken, slots } from "../src/environments/environment.ts";
import { canonicalJson, digestOf, type Manifest } from "../src/release/manifest.ts";
import { readKept } from "../src/release/rollout/on-environment.ts";
import { isOver } from "../src/release/rollout/rollout.ts";
import { underWay } from "../src/release/rollout/run.ts";
import { sampleRelease } from "./sample-release.ts";

type Counters = NonNullable<Observation["edge"]>;

/** A release of which the commit is one letter. */
export function releaseOf(letter: string): { manifest: Manifest; digest: string; image: string } {
  const image = `sha256:${letter.repeat(64)}`;
  const images = sampleRelease.images.map((each) =>
    each.name === "api"
      ? { ...each, reference: `registry.example.com/team/api@${image}`, digest: image }
      : each,
  );
  const manifest = { ...sampleRelease, commit: letter.repeat(40), images };
  return { manifest, digest: digestOf(canonicalJson(manifest)), image };
}

/** Someone died here: nothing after this is done. */
export class Killed extends Overtaken {}

/** An environment in memory, that does what the contract says and nothing else. */
export class MemoryEnvironment implements Environment, RolloutMemory {
  readonly slots: Record<Slot, Manifest | null> = { blue: null, green: null };
  weights: Weights = { blue: 0, green: 0 };
  stable: Slot | null = null;
  before: Slot | null = null;
  dags: string | null = null;
  rollout: { document: string; revision: number } | null = null;
  readonly history: string[] = [];
  /** moves with each observation */
  seconds = 0;
  /** every share of the traffic that a release ever had */
  readonly shares: string[] = [];
  readonly calls: string[] = [];
  /** what a release does with its requests; undefined: no fault */
  faults: Readonly<Record<string, Partial<Counters> | "slow" | "unseen" | "another">> = {};
  /** what is wrong with a release when it is probed or deployed */
  problems: Readonly<Record<string, string>> = {};
  /** called before and after each change and question; it may throw Killed */
  disturb: (moment: string) => void = () => {};

  /** it remembers by itself */
  get memory(): RolloutMemory {
    return this;
  }

  deploy(manifest: Manifest, _slot?: Slot, revision?: number): Promise<Changed> {
    const digest = digestOf(canonicalJson(manifest));
    return this.done("deploy", () => {
      this.present(revision);
      const problem = this.problems[digest];
      if (problem?.startsWith("deploy")) throw new EnvironmentError(problem);
      const idle = this.weights.blue === 0 ? "blue" : "green";
      const slot = this.slotOf(digest) ?? idle;
      if (this.before === slot && this.slotOf(digest) === undefined) this.before = null;
      this.slots[slot] = manifest;
      this.dags = digest;
      if (this.stable === null) this.share({ blue: 0, green: 0, [slot]: 100 });
    });
  }

  setWeights(weights: Weights, revision?: number): Promise<Changed> {
    return this.done(`weights ${weights.blue}/${weights.green}`, () => {
      this.present(revision);
      for (const slot of slots) {
        if (weights[slot] > 0 && !this.slots[slot]) throw new EnvironmentError(`${slot} is empty`);
      }
      this.share(weights);
    });
  }

  async observe(seconds: number): Promise<Observation> {
    await this.done("observe", () => {
      this.seconds += seconds;
    });
    const seen = slots.flatMap((slot) => {
      const manifest = this.slots[slot];
      return manifest ? [[slot, this.seen(slot, manifest, seconds)] as const] : [];
    });
    return { environment: "kitchen-test", seconds, slots: Object.fromEntries(seen), edge: null };
  }

  async current(): Promise<Current> {
    const about = (slot: Slot): Current["slots"]["blue"] => {
      const manifest = this.slots[slot];
      const release = manifest && digestOf(canonicalJson(manifest));
      const image = manifest?.images.find(({ name }) => name === "api");
      return {
        ...{ release, image: image?.reference ?? null, weight: this.weights[slot] },
        running: manifest !== null,
        served: release && image ? { release, digest: image.digest } : null,
      };
    };
    const { stable, before } = this;
    return {
      ...{ environment: "kitchen-test", stable, before, containers: {} },
      slots: { blue: about("blue"), green: about("green") },
      airflow: this.dags === null ? null : { release: this.dags, dags: {}, problem: null },
    };
  }

  async smoke(slot: Slot = this.stable ?? "blue"): Promise<Smoke> {
    await this.done("smoke", () => {});
    const release = (await this.current()).slots[slot].release ?? "";
    const problem = this.problems[release] ?? null;
    const probes = [{ name: `${slot} GET /menu`, seconds: 0.01, problem }];
    return { environment: "kitchen-test", slot, release, probes };
  }

  rollback(release: string, revision?: number): Promise<Changed> {
    return this.done("rollback", () => {
      this.present(revision);
      const slot = this.slotOf(release);
      if (!slot) throw new EnvironmentError(`release ${release} is in no slot`);
      this.share({ blue: 0, green: 0, [slot]: 100 });
      this.disturb("inside rollback");
      this.dags = release;
      this.before = null;
    });
  }

  async recall(): Promise<Recalled> {
    const at = new Date(Date.now() + this.seconds * 1000).toISOString();
    return { rollout: this.rollout?.document ?? null, history: [...this.history], at };
  }

  async remember(document: string, revision: number, expected: number | undefined): Promise<void> {
    await this.done("remember", () => {
      if (this.rollout?.revision !== expected) throw new Overtaken("somebody else was faster");
      this.rollout = { document, revision };
    });
  }

  async append(line: string, before: string | undefined): Promise<void> {
    await this.done("append", () => {
      if (this.history.includes(line)) return;
      const last = this.history.at(-1);
      if ((last && digestOf(last)) !== before)
        throw new EnvironmentError("it goes on from another");
      this.history.push(line);
    });
  }

  logs(): never {
    throw new Error("nobody reads its logs");
  }

  remove(): never {
    throw new Error("nobody removes it");
  }

  private present(revision: number | undefined): void {
    if (revision === undefined) {
      const kept = readKept(this.rollout?.document ?? null);
      if (kept && !isOver(kept.rollout)) throw new EnvironmentError(underWay(kept));
    } else if (this.rollout?.revision !== revision) {
      throw new Overtaken("somebody else moves the rollout");
    }
  }

  private async done(name: string, effect: () => void): Promise<Changed> {
    this.calls.push(name);
    this.disturb(`before ${name}`);
    effect();
    this.disturb(`after ${name}`);
    return { ...(await this.current()), changes: [] };
  }

  private slotOf(release: string): Slot | undefined {
    return slots.find((slot) => {
      const manifest = this.slots[slot];
      return manifest && digestOf(canonicalJson(manifest)) === release;
    });
  }

  private share(weights: Weights): void {
    this.weights = weights;
    const full = slots.find((slot) => weights[slot] === 100);
    if (full && full !== this.stable) [this.stable, this.before] = [full, this.stable];
    for (const slot of slots) {
      const commit = this.slots[slot]?.commit[0];
      if (weights[slot] > 0) this.shares.push(`${commit} ${weights[slot]}`);
    }
  }

  private seen(slot: Slot, manifest: Manifest, seconds: number) {
    const release = digestOf(canonicalJson(manifest));
    const weight = this.weights[slot];
    const requests = Math.round(weight * seconds);
    const fault = this.faults[release];
    const fast = fault === "slow" ? 0 : requests;
    const counters: Counters = {
      ...{ requests, "2xx": requests, "3xx": 0, "4xx": 0, "5xx": 0 },
      ...{ connectionErrors: 0, responseErrors: 0, retries: 0, redispatches: 0 },
      ...(typeof fault === "object" ? fault : {}),
    };
    const digest = manifest.images.find(({ name }) => name === "api")?.digest ?? null;
    return {
      ...{ release, weight, reset: fault === "unseen" },
      counters,
      latency: { "0.1": fast, "1": requests, "+Inf": requests },
      served: { release, digest: fault === "another" ? `sha256:${"9".repeat(64)}` : digest },
    };
  }
}
