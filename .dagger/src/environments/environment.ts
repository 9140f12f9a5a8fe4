import * as z from "zod";
import type { Manifest } from "../release/manifest.ts";

/** The two places for a service in an environment: one serves, the other gets the next release. */
export const slots = ["blue", "green"] as const;
export type Slot = (typeof slots)[number];

/** Percent of the traffic for each slot; together 100. */
export type Weights = Readonly<Record<Slot, number>>;

/**
 * Of the rollout that wants something done: when another one is remembered by now, whoever wants it was
 * overtaken. None: it is wanted by hand, and refused with who is at it while a rollout is under way.
 */
export type Revision = number;

/**
 * What every kind of environment can do. All state is in the environment itself: another process
 * finds there how far the last one came.
 */
export interface Environment {
  /**
   * Puts a release into a slot and its DAGs into Airflow, after its migrations ran. The slot gets no
   * traffic by this, except when nothing serves yet. The same release again changes nothing.
   *
   * @param slot default: the one that it is in, or the one without traffic
   * @throws EnvironmentError; what served before serves as before
   */
  deploy(release: Manifest, slot?: Slot, revision?: Revision): Promise<Changed>;
  /** Why it cannot run a release, before anything is asked of it; undefined: it can. */
  misfit?(release: Manifest): string | undefined;
  /** What is in a release's way there, a line each: asked of it, and nothing is changed. */
  ready?(release: Manifest): Promise<readonly string[]>;
  /**
   * For a kind that gives a release all traffic or none: why, and what to use instead. A slot without
   * traffic runs nowhere then, and `setWeights` exchanges what runs, and probes it.
   */
  readonly allAtOnce?: string;
  /** Shares the traffic. It stays shared so when the splitter is started anew. */
  setWeights(weights: Weights, revision?: Revision): Promise<Changed>;
  /** What each slot did in the next `seconds`. */
  observe(seconds: number): Promise<Observation>;
  /** What is there, as its parts say. */
  current(): Promise<Current>;
  /** The last lines that each container wrote, secrets of the environment masked. */
  logs(lines: number): Promise<Logs>;
  /** Probes a slot, whatever its weight, and the edge; a probe that fails is in the answer. */
  smoke(slot?: Slot): Promise<Smoke>;
  /** Traffic, then DAGs, back to a release that is in a slot. The same again changes nothing. */
  rollback(release: string, revision?: Revision): Promise<Changed>;
  /** Where its rollouts are remembered; a kind without one cannot be promoted to. */
  readonly memory?: RolloutMemory;
  /** Takes everything away; databases and models only with `data`. */
  remove(data: boolean): Promise<Removed>;
}

/** Airflow's user in an environment. */
export const operator = "kitchen";

/** What an environment remembers of rollouts, for whoever comes next. */
export interface RolloutMemory {
  /** The rollout that is remembered, the history, and what time it is there. */
  recall(): Promise<Recalled>;
  /**
   * Remembers a rollout, which begins or goes on.
   *
   * @param expected the revision that is remembered until now
   * @throws Overtaken when that is another one
   */
  remember(document: string, revision: number, expected: number | undefined): Promise<void>;
  /**
   * Adds a line to the history; the same again changes nothing.
   *
   * @param before digest of the line before it
   */
  append(line: string, before: string | undefined): Promise<void>;
}

/** It could not be done; the message says what is wrong, where, and what to do. */
export class EnvironmentError extends Error {}

/** Somebody else moves the rollout now. */
export class Overtaken extends EnvironmentError {}

export function otherSlot(slot: Slot): Slot {
  return slot === "blue" ? "green" : "blue";
}

/** Reads the name of a slot. */
export function slotOf(name: string): Slot {
  const found = slots.find((slot) => slot === name);
  if (found) return found;
  throw new EnvironmentError(`slot ${JSON.stringify(name)}: there are ${slots.join(" and ")}`);
}

const identity = z.object({ release: z.string().nullable(), digest: z.string().nullable() });
const perSlot = <T extends z.ZodType>(each: T) => z.object({ blue: each, green: each });

export const currentSchema = z.object({
  environment: z.string(),
  slots: perSlot(
    z.object({
      release: z.string().nullable(),
      image: z.string().nullable(),
      /** percent of the traffic */
      weight: z.number(),
      running: z.boolean(),
      /** what the service itself says that it is; null when it does not answer */
      served: identity.nullable(),
    }),
  ),
  /** the slot that had all traffic last, and the one before it */
  stable: z.enum(slots).nullable(),
  before: z.enum(slots).nullable(),
  airflow: z
    .object({
      release: z.string(),
      /** DAG -> digest of the image that it comes from, as Airflow says */
      dags: z.record(z.string(), z.string().nullable()).nullable(),
      problem: z.string().nullable(),
    })
    .nullable(),
  /** container -> whether it runs */
  containers: z.record(z.string(), z.boolean()),
  /** why the environment has taken the last release back by itself; null: it has not */
  wentBack: z.string().nullable().optional(),
});

/** Requests that changed something on the host. */
const changes = z.array(z.string());

export const changedSchema = currentSchema.extend({ changes });

const counters = z.object({
  requests: z.number(),
  "2xx": z.number(),
  "3xx": z.number(),
  "4xx": z.number(),
  "5xx": z.number(),
  connectionErrors: z.number(),
  responseErrors: z.number(),
  retries: z.number(),
  redispatches: z.number(),
});

export const observationSchema = z.object({
  environment: z.string(),
  /** how long was looked */
  seconds: z.number(),
  slots: z.partialRecord(
    z.enum(slots),
    z.object({
      release: z.string(),
      weight: z.number(),
      /** something that counts was started anew: what the counters say is not all */
      reset: z.boolean(),
      counters: counters.nullable(),
      /** upper bound (seconds) -> requests that took no longer; null when it is not known */
      latency: z.record(z.string(), z.number()).nullable(),
      /** what the service itself says that it is, at the end of the window */
      served: identity.nullable().optional(),
    }),
  ),
  /** all requests as the edge answered them */
  edge: counters.nullable(),
  /** why the environment has taken the last release back by itself; null: it has not */
  wentBack: z.string().nullable().optional(),
});

export const smokeSchema = z.object({
  environment: z.string(),
  slot: z.enum(slots),
  release: z.string(),
  probes: z.array(
    z.object({ name: z.string(), seconds: z.number(), problem: z.string().nullable() }),
  ),
});

export const readySchema = z.object({
  environment: z.string(),
  problems: z.array(z.string()),
});

export const logsSchema = z.object({
  environment: z.string(),
  /** container -> text */
  logs: z.record(z.string(), z.string()),
});

export const removedSchema = z.object({
  environment: z.string(),
  removed: z.array(z.string()),
  kept: z.array(z.string()),
  changes,
});

export const recalledSchema = z.object({
  /** as it was remembered */
  rollout: z.string().nullable(),
  /** a line for each thing that was done, the oldest first */
  history: z.array(z.string()),
  /** RFC 3339 */
  at: z.string(),
});

export type Recalled = z.infer<typeof recalledSchema>;
export type Current = z.infer<typeof currentSchema>;
export type Changed = z.infer<typeof changedSchema>;
export type Observation = z.infer<typeof observationSchema>;
export type Smoke = z.infer<typeof smokeSchema>;

/** A line for each probe that failed. */
export function failedProbes({ probes }: Smoke): string[] {
  return probes.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]));
}
export type Logs = z.infer<typeof logsSchema>;
export type Removed = z.infer<typeof removedSchema>;
