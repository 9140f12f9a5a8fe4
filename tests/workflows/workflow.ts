import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: text.optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), text).default({}),
  env: z.record(z.string(), text).default({}),
  run: z.string().optional(),
});

const job = z.strictObject({
  name: z.string().optional(),
  if: text.optional(),
  strategy: z
    .strictObject({
      "fail-fast": z.boolean().optional(),
      matrix: z.record(z.string(), z.array(z.string())),
    })
    .optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), text).default({}),
  secrets: z.unknown().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  environment: z.unknown().optional(),
  concurrency: z.unknown().optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  "runs-on": z.string().optional(),
  "timeout-minutes": z.number().optional(),
  env: z.record(z.string(), text).default({}),
  steps: z.array(step).default([]),
});

const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z
    .strictObject({ group: z.string(), "cancel-in-progress": text.optional() })
    .optional(),
  env: z.record(z.string(), text).default({}),
  jobs: z.record(z.string(), job),
});

export type Step = z.infer<typeof step>;
export type Job = z.infer<typeof job>;
export type Workflow = z.infer<typeof workflow> & { readonly file: string; readonly text: string };

const folder = fileURLToPath(new URL("../../.github/workflows", import.meta.url));

/** The repository's workflows, by the name of their file. */
export function readWorkflows(): Workflow[] {
  return readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return { ...workflow.parse(parse(text)), file, text };
  });
}

/** Each job with the workflow that it is in. */
export function allJobs(): {
  readonly workflow: Workflow;
  readonly name: string;
  readonly job: Job;
}[] {
  return readWorkflows().flatMap((each) =>
    Object.entries(each.jobs).map(([name, one]) => ({ workflow: each, name, job: one })),
  );
}

/** Commands of a script, one for each call of the module, with lines that go on put together. */
export function daggerCalls(script: string): string[] {
  const commands = script.replace(/\\\n\s*/gu, " ").split("\n");
  return commands
    .map((each) => each.trim().replace(/ >> .*$/u, ""))
    .filter((each) => /\bdagger\b/u.test(each));
}
