import * as z from "zod";

const count = z.number().int().min(0);

/** What requests of one version did: two windows of time add up to one. */
export const cohortSchema = z.strictObject({
  requests: count,
  /** answered 5xx, or not at all */
  errors: count,
  /** upper bound in seconds, `+Inf` among them -> requests that took no longer */
  latency: z.record(z.string(), count),
});

export type Cohort = z.infer<typeof cohortSchema>;

export const nothing: Cohort = { requests: 0, errors: 0, latency: {} };

/**
 * Both together. Histograms with the same bounds (as Prometheus has them) add up exactly, with no
 * sketch between: a percentile of the sum is known as well as that of its parts.
 *
 * @returns undefined when the bounds differ
 */
export function together(one: Cohort, other: Cohort): Cohort | undefined {
  const latency = sum(one.latency, other.latency);
  if (!latency) return undefined;
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    latency,
  };
}

function sum(one: Cohort["latency"], other: Cohort["latency"]): Cohort["latency"] | undefined {
  if (Object.keys(one).length === 0) return other;
  if (Object.keys(other).length === 0) return one;
  const bounds = Object.keys(one);
  const same =
    bounds.length === Object.keys(other).length && bounds.every((bound) => bound in other);
  if (!same) return undefined;
  return Object.fromEntries(
    bounds.map((bound) => [bound, (one[bound] ?? 0) + (other[bound] ?? 0)]),
  );
}

/** Bounds in seconds, rising, the infinite one left out. */
export function boundsOf({ latency }: Cohort): number[] {
  return Object.keys(latency)
    .filter((bound) => bound !== "+Inf")
    .map(Number)
    .sort((one, other) => one - other);
}

/**
 * How many requests took longer than so many seconds. Within a bucket they are taken to be spread
 * evenly, as Prometheus does; those above the highest bound count as longer than anything.
 */
export function slowerThan(cohort: Cohort, seconds: number): { count: number; total: number } {
  const total = cohort.latency["+Inf"] ?? 0;
  let [bound, within] = [0, 0];
  for (const next of boundsOf(cohort)) {
    const until = cohort.latency[String(next)] ?? within;
    if (next >= seconds) {
      const part = next === bound ? 1 : (seconds - bound) / (next - bound);
      return { count: total - (within + part * (until - within)), total };
    }
    [bound, within] = [next, until];
  }
  return { count: total - within, total };
}

/** Seconds that so many percent of the requests keep; undefined: more than the highest bound. */
export function percentile(cohort: Cohort, percent: number): number | undefined {
  const wanted = ((cohort.latency["+Inf"] ?? 0) * percent) / 100;
  if (wanted === 0) return undefined;
  let [bound, within] = [0, 0];
  for (const next of boundsOf(cohort)) {
    const until = cohort.latency[String(next)] ?? within;
    if (until >= wanted) return bound + ((wanted - within) / (until - within)) * (next - bound);
    [bound, within] = [next, until];
  }
  return undefined;
}
