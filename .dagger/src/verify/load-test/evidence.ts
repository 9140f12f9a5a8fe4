import * as z from "zod";

const numbers = z.object({
  requests: z.number(),
  errors: z.number(),
  /** requests a second */
  rps: z.number(),
  /** milliseconds */
  mean: z.number(),
  max: z.number(),
  percentiles: z.record(z.string(), z.number()),
  /** HdrHistogram of microseconds in its own compressed form, for whoever merges runs */
  histogram: z.string(),
});

/** What a load test measured, as `kitchen_load` writes it. Latencies in milliseconds, times in seconds. */
export const evidenceSchema = z.object({
  format: z.literal("kitchen.load-test/1"),
  target: z.string(),
  users: z.number(),
  spawnRate: z.number(),
  warmUp: z.number(),
  duration: z.number(),
  arrivalRate: z.number().nullable(),
  /** that were measured, without the warm-up */
  elapsed: z.number(),
  /** the threshold that could not be met any more, which ended the test early */
  hopeless: z.string().nullable(),
  all: numbers,
  endpoints: z.array(numbers.extend({ endpoint: z.string() })),
  thresholds: z.array(
    z.object({ text: z.string(), observed: z.number().nullable(), met: z.boolean() }),
  ),
  curves: z.array(
    z.object({
      at: z.number(),
      requests: z.number(),
      errors: z.number(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
    }),
  ),
  users_over_time: z.array(z.tuple([z.number(), z.number()])),
  failures: z.array(z.object({ endpoint: z.string(), error: z.string(), count: z.number() })),
  /** exceptions of the locustfile's own tasks, with their number */
  raised: z.record(z.string(), z.number()),
  generator: z.object({
    processes: z.number(),
    /** percent of a core, of the busiest process in its busiest five seconds */
    processor: z.number(),
    /** arrivals of the open model in the time that counts */
    due: z.number(),
    dropped: z.number(),
  }),
});

export type Evidence = z.infer<typeof evidenceSchema>;

/** Numbers of all requests, then of each endpoint. */
export function seriesOf({ all, endpoints }: Evidence) {
  return [{ ...all, endpoint: "all requests" }, ...endpoints];
}
