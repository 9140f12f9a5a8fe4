import type { Secret } from "@dagger.io/dagger";
import {
  type Environment,
  failedProbes,
  otherSlot,
  type RolloutMemory,
  type Slot,
  type Weights,
} from "../../environments/environment.ts";
import type { Manifest } from "../manifest.ts";
import { nothing } from "./cohort.ts";
import { byEnvironment } from "./measure.ts";
import { byPrometheus } from "./prometheus.ts";
import type { Rollout } from "./rollout.ts";
import { type Clock, type Kept, keptSchema, type Memory, type Stage } from "./run.ts";

/** What a rollout needs that is not in the environment. */
export interface Supplies {
  /** the release, as long as it may have to be deployed */
  manifest(): Promise<Manifest>;
  /** applies the approved plan, and says what was done; undefined: nobody gave it */
  readonly applyPlan?: (() => Promise<string>) | undefined;
  /** for the server that has its metrics */
  readonly metricsToken?: Secret | undefined;
}

/** A rollout's two versions in the two slots of an environment. */
export function stageOn(
  environment: Environment,
  { release, previous, settings }: Pick<Rollout, "release" | "previous" | "settings">,
  { manifest, applyPlan, metricsToken }: Supplies,
): Stage {
  const { prometheus } = settings.metrics ?? {};
  const measure = prometheus
    ? byPrometheus(environment, prometheus, metricsToken)
    : byEnvironment(environment);
  let known: { slot: Slot; digest: string } | undefined;
  const place = async () => {
    known ??= placeOf((await environment.current()).slots, release);
    return known;
  };
  return {
    async apply() {
      if (applyPlan) return applyPlan();
      throw new Error(
        "whoever applied the plan died, and how far that came is not known: nothing was deployed. What was applied stays: look at it with terraform-plan, and promote with a new plan",
      );
    },
    async deploy(revision) {
      const { slots } = await environment.deploy(await manifest(), undefined, revision);
      known = placeOf(slots, release);
    },
    async probe() {
      const { slot } = await place();
      return failedProbes(await environment.smoke(slot));
    },
    async shift(weight, revision) {
      const { slot } = await place();
      const weights: Weights =
        slot === "blue"
          ? { blue: weight, green: 100 - weight }
          : { blue: 100 - weight, green: weight };
      await environment.setWeights(weights, revision);
    },
    async observe(seconds) {
      const { slot, digest } = await place();
      const seen = await measure(seconds);
      const [now, old] = [seen.slots[slot], seen.slots[otherSlot(slot)]];
      if (now?.release !== release) {
        throw new Error(`slot ${slot} holds ${now?.release ?? "nothing"} now, not ${release}`);
      }
      // Not every kind can ask it while it counts.
      const { served = (await environment.current()).slots[slot].served } = now;
      const right = served?.digest === digest;
      return {
        seconds: seen.seconds,
        wentBack: seen.wentBack,
        now: now.cohort,
        old: old ? old.cohort : nothing,
        lacks: [now, old].flatMap((each) => each?.lacks ?? []).join("; "),
        weight: now.weight,
        served: served && (right ? served.release : `${served.release} as image ${served.digest}`),
      };
    },
    async revert(revision) {
      await environment.rollback(previous, revision);
    },
  };
}

/** The slot that a release is in, and the digest of its image. */
function placeOf(
  slots: Record<Slot, { release: string | null; image: string | null }>,
  release: string,
) {
  const slot = slots.blue.release === release ? "blue" : "green";
  const { release: held, image } = slots[slot];
  if (held !== release || !image) throw new Error(`release ${release} is in no slot`);
  return { slot, digest: image.replace(/^.*@/, "") } as const;
}

/** What an environment remembers of its rollout, and the time that it goes by: its own. */
export function memoryOf(environment: Environment): Memory & Clock & { history(): string[] } {
  const memory = remembering(environment);
  let offset = 0; // milliseconds
  let history: string[] = [];
  return {
    now: () => new Date(Date.now() + offset),
    history: () => history,
    async read() {
      const recalled = await memory.recall();
      offset = new Date(recalled.at).getTime() - Date.now();
      history = recalled.history;
      return readKept(recalled.rollout);
    },
    async write(kept, expected) {
      await memory.remember(JSON.stringify(kept), kept.rollout.revision, expected);
    },
  };
}

/** The memory of an environment that has one. */
export function remembering({ memory }: Environment): RolloutMemory {
  if (memory) return memory;
  throw new Error(
    "this kind of environment remembers no rollouts, so nothing can be promoted to it: deploy, set-weights, observe and rollback are there, one by one",
  );
}

/** Reads what an environment remembers. */
export function readKept(document: string | null): Kept | undefined {
  if (document === null) return undefined;
  const parsed = keptSchema.safeParse(JSON.parse(document));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `the rollout that is remembered was written by another version of Kitchen: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}
