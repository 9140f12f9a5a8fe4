import * as z from "zod";
import { duration, toSeconds } from "../duration.ts";
import { cleanPath } from "../layout.ts";
import { parseThreshold, type Threshold } from "../threshold.ts";

const wholeNumber = z.int().min(1);

export const loadTestSchema = z.strictObject({
  locustfile: z.string().min(1).optional().describe("The locustfile (default: the only one)"),
  users: wholeNumber.optional().describe("Users at the same time (default 10)"),
  spawnRate: wholeNumber.optional().describe("Users that start each second (default 10)"),
  duration: duration.optional().describe("How long is measured (default 60s)"),
  warmUp: duration
    .optional()
    .describe(
      "How long before that load is made that does not count (default: until all are there)",
    ),
  thresholds: z
    .array(z.string())
    .optional()
    .describe("What has to hold: `p95 < 300ms`, `errors < 1%`, `rps > 50 on GET /menu`"),
  maxRegression: z
    .int()
    .min(0)
    .optional()
    .describe("By how much it may be worse than an accepted run, in percent (default 10)"),
});

/** Settings of the load test; times in seconds. */
export interface LoadTestConfig {
  /** relative to the repository; undefined when there is none, or more than one */
  readonly locustfile: string | undefined;
  readonly users: number;
  readonly spawnRate: number;
  readonly duration: number;
  /** undefined: as long as it takes to start all users */
  readonly warmUp: number | undefined;
  readonly thresholds: readonly Threshold[];
  /** percent */
  readonly maxRegression: number;
}

/** What kitchen.yaml says of the load test, complete. */
export function readLoadTest(
  raw: z.infer<typeof loadTestSchema> = {},
  paths: readonly string[],
): LoadTestConfig {
  const found = paths.filter((path) => /(?:^|\/)locustfile\.py$/.test(path));
  return {
    locustfile: raw.locustfile
      ? cleanPath(raw.locustfile)
      : found.length === 1
        ? found[0]
        : undefined,
    users: raw.users ?? 10,
    spawnRate: raw.spawnRate ?? 10,
    duration: toSeconds(raw.duration ?? "60s"),
    warmUp: raw.warmUp === undefined ? undefined : toSeconds(raw.warmUp),
    thresholds: (raw.thresholds ?? []).map(parseThreshold),
    maxRegression: raw.maxRegression ?? 10,
  };
}
