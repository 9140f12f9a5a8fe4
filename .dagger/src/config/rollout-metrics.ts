import * as z from "zod";

const query = z
  .string()
  .includes("$window", { error: "needs $window: the time that is looked at" })
  .regex(/\$(?:slot|release)\b/, "needs $release or $slot: else both versions have one number");

const prometheus = z
  .strictObject(
    {
      url: z
        .url({ protocol: /^https?$/, error: "an address such as https://prometheus.example.com" })
        .describe("Where Prometheus answers whoever runs the pipeline"),
      requests: query.describe("How many requests a version answered in $window: one number"),
      errors: query.describe("How many of them failed: one number, 0 when none did"),
      latency: query.describe(
        "How many took no longer than each bound, in seconds: a number by le",
      ),
    },
    { error: "needed: url, requests, errors and latency" },
  )
  .describe(
    "Queries of a Prometheus server; $release, $slot (blue, green) and $window (such as 30s) are filled in",
  );

/** Where the numbers of a step come from, when not from the environment itself. */
export const metricsSchema = z
  .strictObject({ prometheus })
  .describe("Where a step's numbers come from (default: the environment's own counters)");

export type PrometheusSettings = z.infer<typeof prometheus>;
