import type { Environment, Observation, Slot } from "../../environments/environment.ts";
import type { Cohort } from "./cohort.ts";

/** Where a step's numbers come from: what the version in each slot did in the next so many seconds. */
export type Measure = (seconds: number) => Promise<Measured>;

export interface Measured {
  /** how long was looked */
  readonly seconds: number;
  /** why the environment has taken the new version back by itself */
  readonly wentBack?: string | undefined;
  readonly slots: Partial<Readonly<Record<Slot, MeasuredSlot>>>;
}

export interface MeasuredSlot {
  readonly release: string;
  /** percent of the traffic */
  readonly weight: number;
  /** what the version says that it is; undefined: it was not asked */
  readonly served?: Served | null | undefined;
  /** null: it could not be measured */
  readonly cohort: Cohort | null;
  /** what is not known of it, in words */
  readonly lacks?: string;
}

type Seen = NonNullable<Observation["slots"]["blue"]>;
type Served = NonNullable<Seen["served"]>;

/** By the environment's own counters and the service's histogram. */
export function byEnvironment(environment: Environment): Measure {
  return async (seconds) => {
    const seen = await environment.observe(seconds);
    const slots = Object.entries(seen.slots).map(([slot, { release, weight, served, ...rest }]) => [
      slot,
      { release, weight, served, cohort: cohortOf(rest) },
    ]);
    const { seconds: looked, wentBack } = seen;
    return { seconds: looked, wentBack: wentBack ?? undefined, slots: Object.fromEntries(slots) };
  };
}

/**
 * What one version did, by the edge's counters and its own histogram. Null when the counters are not
 * those of the whole window; without the histogram its latency is not known.
 */
export function cohortOf({
  counters,
  latency,
  reset,
}: Pick<Seen, "counters" | "latency" | "reset">): Cohort | null {
  if (!counters || reset) return null;
  const { requests, connectionErrors, responseErrors } = counters;
  const wrong = counters["5xx"] + connectionErrors + responseErrors;
  // Tries that failed count each, also those of one request.
  return { requests, errors: Math.min(requests, wrong), latency: histogram(latency ?? {}) };
}

/** Bounds as numbers are written here: some services write 1.0 and 5.0. */
export function histogram(latency: Cohort["latency"]): Cohort["latency"] {
  return Object.fromEntries(
    Object.entries(latency).map(([bound, count]) => [
      bound === "+Inf" ? bound : String(Number(bound)),
      count,
    ]),
  );
}
