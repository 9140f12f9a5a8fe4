import * as z from "zod";
import { type RolloutSettings, settingsSchema } from "../../config/rollout.ts";
import { digestSchema } from "../manifest.ts";
import { type Cohort, cohortSchema, nothing } from "./cohort.ts";

const phase = z.enum([
  "applying", // the approved plan is applied
  "deploying", // the release comes to a slot that has no traffic
  "probing", // it is asked directly, still without traffic
  "shifting", // the weight of the step is set
  "soaking", // the step gets its traffic, and is looked at
  "watching", // all traffic is there, and is looked at for a while
  "reverting", // all traffic, and the DAGs, go back
  "done",
  "reverted",
]);

/** What requests of one version did in one look: latencies in seconds, null when none is known. */
const seen = z.strictObject({
  requests: z.int(),
  errors: z.int(),
  latency: z.record(z.string(), z.number().nullable()),
});

const entry = z.strictObject({
  at: z.iso.datetime(),
  phase,
  /** percent of the traffic for the new version when this was said */
  weight: z.int().min(0).max(100),
  words: z.string(),
  /** one look: both versions in so many seconds */
  look: z.strictObject({ seconds: z.number(), now: seen, old: seen }).optional(),
});

/** A rollout as the environment remembers it: whoever reads this can go on, or go back. */
export const rolloutSchema = z.strictObject({
  format: z.literal("kitchen/rollout/v1"),
  /**
   * `promotion`: step by step, and looked at. `rollback`: a release that was here before, all at once
   * after its probes. `return`: from all traffic for `release` back to `previous`.
   */
  kind: z.enum(["promotion", "rollback", "return"]),
  /** counts its changes: who has read an older one may not write */
  revision: z.int().min(0),
  release: digestSchema,
  previous: digestSchema,
  started: z.iso.datetime(),
  /** who began it, and why */
  actor: z.string(),
  why: z.string(),
  /** a line for each approval that it was begun with, and their digests */
  approvals: z.array(z.string()),
  used: z.array(digestSchema),
  /** digest of the plan that is applied for it */
  plan: digestSchema.nullable(),
  settings: settingsSchema,
  phase,
  /** index of the step whose weight is asked for */
  step: z.int().min(0),
  /** looks at this step, and the seconds that they took */
  looked: z.int().min(0),
  soaked: z.number().min(0),
  /** what the new version and the old one did in this step */
  now: cohortSchema,
  old: cohortSchema,
  /** what the old version did in the last step that it had traffic in */
  baseline: cohortSchema,
  /** measurements that failed, one after the other */
  errors: z.int().min(0),
  /** why it goes back; nothing moves forward once this is there */
  failure: z.string().nullable(),
  log: z.array(entry),
});

export type Rollout = z.infer<typeof rolloutSchema>;
export type Entry = Rollout["log"][number];
export type Seen = z.infer<typeof seen>;

export interface Beginning {
  readonly kind: Rollout["kind"];
  readonly release: string;
  readonly previous: string;
  readonly started: Date;
  readonly actor: string;
  readonly why: string;
  readonly approvals: readonly string[];
  readonly used: readonly string[];
  readonly plan: string | null;
  readonly settings: RolloutSettings;
}

export function beginRollout({
  kind,
  release,
  previous,
  started,
  actor,
  why,
  approvals,
  used,
  plan,
  settings,
}: Beginning): Rollout {
  const first = kind === "return" ? "reverting" : plan === null ? "deploying" : "applying";
  return {
    ...{ format: "kitchen/rollout/v1", kind, revision: 0, release, previous, actor, why, plan },
    ...{ started: started.toISOString(), approvals: [...approvals], used: [...used], settings },
    ...{ phase: first, step: 0, looked: 0, soaked: 0 },
    ...{ now: nothing, old: nothing, baseline: nothing, errors: 0, log: [] },
    failure: kind === "return" ? why : null,
  };
}

/** Is there nothing left to do? */
export function isOver({ phase: of }: Rollout): boolean {
  return of === "done" || of === "reverted";
}

/** Percent of the traffic that the present step wants for the new version. */
export function wantedWeight({ kind, step, settings }: Rollout): number {
  return kind === "rollback" ? 100 : (settings.steps[step]?.weight ?? 0);
}

/** Percent of the traffic that the new version may have, as far as is known. */
export function weightOf(rollout: Rollout): number {
  const without: readonly Rollout["phase"][] = ["applying", "deploying", "probing"];
  const back: readonly Rollout["phase"][] = ["reverting", "reverted"];
  return [...without, ...back].includes(rollout.phase) ? 0 : wantedWeight(rollout);
}

/** The release that has all traffic once it is over. */
export function servedAtEnd({ phase: of, release, previous }: Rollout): string {
  return of === "done" ? release : previous;
}

/**
 * What the old version did: now, or when it last had traffic. Of an exchange all at once, which has one
 * step, the environment itself tells what it did before.
 */
export function comparedWith({ old, baseline, step, settings }: Rollout): Cohort {
  return step > 0 && settings.steps[step]?.weight === 100 ? baseline : old;
}
