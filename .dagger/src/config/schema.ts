import * as z from "zod";
import { componentsSchema } from "./components.ts";
import { environmentsSchema, policySchema } from "./environments.ts";
import { approvalSchema, releaseSchema } from "./release.ts";
import { settingsSchema } from "./rollout.ts";
import { stagesSchema } from "./stages.ts";

/** What kitchen.yaml may say. Without the file, or a part of it, the layout is detected. */
export const configSchema = z
  .strictObject({
    components: componentsSchema.optional().describe("The Python packages, by name"),
    terraform: z
      .array(z.string().min(1))
      .optional()
      .describe("Folders with Terraform, relative to the repository"),
    environments: environmentsSchema
      .optional()
      .describe("The Terraform root modules that are planned and applied, by name"),
    policy: policySchema.optional(),
    repository: z
      .url()
      .optional()
      .describe("Address of the repository: images name it as their source"),
    release: releaseSchema.optional(),
    approval: approvalSchema.optional(),
    rollout: settingsSchema.optional(),
    baseline: z
      .string()
      .min(1)
      .optional()
      .describe("File of findings that are accepted for now: `call reports ci baseline` makes it"),
    stages: stagesSchema.optional(),
  })
  .describe("Kitchen's configuration");

/** kitchen.yaml as it is written. */
export type RawConfig = z.infer<typeof configSchema>;
