import * as z from "zod";
import { duration as text, toSeconds } from "../duration.ts";
import { metricsSchema } from "./rollout-metrics.ts";

/** Seconds, or as people write them. */
const duration = z.union([z.number().gt(0), text.regex(/[1-9]/).transform(toSeconds)], {
  error: "a duration such as 90s, 10m or 1h, longer than nothing",
});
const number = z.number("a number is needed");
const share = number.gt(0, "more than 0").lt(100, "less than 100");

const step = z.strictObject({
  weight: z
    .int("a whole number is needed")
    .min(1, "1 to 100")
    .max(100, "1 to 100")
    .describe("Percent of the traffic for the new version"),
  soak: duration.describe("Shortest time at this weight"),
  requests: z
    .int("a whole number is needed")
    .min(1, "1 or more")
    .describe("Fewest requests of the new version at this weight"),
});

const limits = z
  .strictObject(
    {
      errorRate: share.describe("Most errors of the new version: percent of its requests"),
      errorIncrease: share.describe("Most that its error rate may be above the old one's: points"),
      percentile: z
        .int("a whole number is needed")
        .min(50, "50 to 99")
        .max(99, "50 to 99")
        .describe("Which percentile of the latency counts"),
      latency: number.gt(0, "more than 0").describe("Most that this percentile may be: seconds"),
      latencyIncrease: number
        .gt(0, "more than 0")
        .describe("Most that it may be above the old version's: percent of that"),
    },
    { error: "needed: what the new version must not exceed" },
  )
  .describe("What the new version must not exceed, alone and beside the old one");

/** How a release is brought to all traffic; times in seconds, everything that is left out complete. */
export const settingsSchema = z
  .strictObject({
    steps: z
      .array(step)
      .min(1, "one step at least")
      .superRefine((steps, context) => {
        for (const [index, { weight }] of steps.entries()) {
          const before = steps[index - 1]?.weight ?? 0;
          if (weight > before) continue;
          const message = `more than ${before}, the weight before it`;
          context.addIssue({ code: "custom", message, path: [index, "weight"] });
        }
        if (steps.length === 0 || steps.at(-1)?.weight === 100) return;
        const message = "100 in the last step";
        context.addIssue({ code: "custom", message, path: [steps.length - 1, "weight"] });
      })
      .default([5, 25, 50, 100].map((weight) => ({ weight, soak: 300, requests: 500 })))
      .describe("Weights and what each has to show (default: 5, 25, 50, 100 %, 5m and 500 each)"),
    limits,
    confidence: number
      .gt(50, "more than 50")
      .lt(100, "less than 100")
      .default(95)
      .describe("How sure a verdict on a step has to be, in percent (default 95)"),
    patience: z
      .int("a whole number is needed")
      .min(1, "1 or more")
      .default(3)
      .describe("How many times its soak a step may take before it is given up (default 3)"),
    watch: duration
      .default(900)
      .describe("How long to look on after all traffic has come (default 15m)"),
    errors: z
      .int("a whole number is needed")
      .min(1, "1 or more")
      .default(3)
      .describe("How many measurements in a row may fail before it is given up (default 3)"),
    metrics: metricsSchema.optional(),
  })
  .describe("How a release is brought to all traffic");

export type RolloutSettings = z.infer<typeof settingsSchema>;
export type Limits = RolloutSettings["limits"];
