/** Settings of the stages, and how long each may take. */
import * as z from "zod";
import { duration, toSeconds } from "../duration.ts";
import { integrationTestSchema } from "./integration-test.ts";
import { loadTestSchema } from "./load-test.ts";

const stage = z.strictObject({
  timeout: duration.optional().describe("How long one tool may run before it is ended"),
});

export const stagesSchema = z
  .strictObject({
    lint: stage.optional(),
    typecheck: stage.optional(),
    securityScan: stage.optional(),
    unitTest: stage.optional(),
    images: z
      .strictObject({
        timeout: duration.optional().describe("How long publishing one image may take"),
      })
      .optional(),
    integrationTest: integrationTestSchema.optional(),
    loadTest: loadTestSchema.optional(),
    terraform: z
      .strictObject({
        timeout: duration
          .optional()
          .describe("How long a plan or an apply may take before it is ended (default: 1h)"),
      })
      .optional(),
  })
  .describe("Settings of the stages");

export type StageName =
  | "lint"
  | "typecheck"
  | "securityScan"
  | "unitTest"
  | "images"
  | "integrationTest"
  | "terraform";

/** Seconds that each stage may take. */
export type Timeouts = Readonly<Record<StageName, number>>;

const usual = "15m";

/** How long each stage may take. */
export function readTimeouts(said: z.infer<typeof stagesSchema> = {}): Timeouts {
  const seconds = (name: StageName, otherwise = usual) =>
    toSeconds(said[name]?.timeout ?? otherwise);
  return {
    lint: seconds("lint"),
    typecheck: seconds("typecheck"),
    securityScan: seconds("securityScan"),
    unitTest: seconds("unitTest"),
    images: seconds("images"),
    integrationTest: seconds("integrationTest"),
    terraform: seconds("terraform", "1h"),
  };
}
