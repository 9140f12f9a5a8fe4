import * as z from "zod";

/** What came of a step with Terraform, as `scripts/terraform/step.py` writes it. */

const diagnostic = z.object({
  severity: z.string(),
  summary: z.string(),
  detail: z.string(),
  address: z.string().default(""),
  path: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
});

const change = z.looseObject({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.unknown().optional(),
});

const resourceChange = z.looseObject({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.string(),
  type: z.string(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

/** As much of `terraform show -json` as is read here. */
const planSchema = z.looseObject({
  resource_changes: z.array(resourceChange).default([]),
  resource_drift: z.array(resourceChange).default([]),
  output_changes: z.record(z.string(), change).default({}),
  variables: z.record(z.string(), z.looseObject({ value: z.unknown().optional() })).default({}),
  configuration: z
    .object({
      provider_config: z
        .record(
          z.string(),
          z.looseObject({ expressions: z.record(z.string(), z.unknown()).optional() }),
        )
        .default({}),
    })
    .default({ provider_config: {} }),
});

const place = z.object({ path: z.string(), line: z.number() });
const state = z.object({ lineage: z.string(), serial: z.number() });

const output = z.object({
  type: z.unknown().optional(),
  sensitive: z.boolean(),
  value: z.unknown().optional(),
});

export const answerSchema = z.object({
  problem: z.object({ kind: z.string(), message: z.string() }).nullish(),
  diagnostics: z.array(diagnostic),
  notes: z.array(z.string()),
  holder: z.record(z.string(), z.unknown()).nullish(),
  environment: z.string().default(""),
  terraform: z.string().default(""),
  backend: z.string().default(""),
  configuration: z.string().default(""),
  state: state.default({ lineage: "", serial: 0 }),
  digest: z.string().default(""),
  plan: planSchema.optional(),
  places: z.record(z.string(), place).default({}),
  applied: z
    .object({
      started: z.string(),
      finished: z.string(),
      resources: z.array(
        z.object({
          address: z.string(),
          action: z.string(),
          outcome: z.enum(["done", "failed"]),
          seconds: z.number(),
        }),
      ),
      state: state.optional(),
      outputs: z.record(z.string(), output).optional(),
    })
    .optional(),
});

export type Answer = z.infer<typeof answerSchema>;
export type Diagnostic = z.infer<typeof diagnostic>;
export type PlanJson = z.infer<typeof planSchema>;
export type ResourceChange = z.infer<typeof resourceChange>;
export type Place = z.infer<typeof place>;

/** Where a resource's block stands, or that of the module it is in. */
export function placeOf(address: string, places: Answer["places"]): Place | undefined {
  const plain = address.replace(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, "");
  const parts = plain.split(".");
  for (let length = parts.length; length > 1; length--) {
    const found = places[parts.slice(0, length).join(".")];
    if (found) return found;
  }
  return undefined;
}
