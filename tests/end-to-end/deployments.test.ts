import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Event, type JobRun, runJob } from "../workflows/run-workflow.ts";
import { Repository } from "./repository.ts";

/** Payloads as GitHub documents them. */
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}[];

let repository: Repository;
const state = `deployments-test-${process.pid}-${Date.now()}`;

beforeAll(() => {
  repository = new Repository([]);
  repository.write(
    "kitchen.yaml",
    `environments:\n  staging:\n    path: infra/staging\n    state: ${state}\n`,
  );
  repository.write(
    "infra/staging/main.tf",
    'resource "terraform_data" "size" {\n  input = 2\n}\n\nterraform {\n  required_version = ">= 1.5"\n}\n',
  );
});
afterAll(() => repository.remove());

function startedByHand(more: Partial<Event> = {}): Event {
  const found = examples.find(({ name }) => name === "workflow_dispatch");
  const [payload = {}] = found?.examples ?? [];
  const [ref, sha] = ["refs/heads/main", "a".repeat(40)];
  const common = { repository: "team/product", token: "ghs-of-nobody", apiUrl: "http://localhost" };
  return { name: "workflow_dispatch", payload, ref, sha, ...common, ...more };
}

const said = ({ steps }: JobRun) => steps.map(({ output }) => output).join("\n");

test("the nightly comparison fails with what differs, and passes when nothing does", async () => {
  const vars = { DRIFT_ROLE_STAGING: "arn:aws:iam::111122223333:role/drift" };
  const matrix = { environment: "staging" };
  const compare = () =>
    runJob("drift.yml", "drift", startedByHand({ vars, matrix }), repository.path);

  const differs = await compare();
  expect(differs.exitCode, said(differs)).toBe(1);
  expect(differs.steps.at(-1)).toMatchObject({ step: "Verdict", taken: true, exitCode: 1 });
  expect(differs.summary).toMatch(/^## terraformDrift: failed\n/u);
  expect(differs.summary).toContain("terraform_data.size");
  const role = differs.steps.find(({ step }) => step === "aws-actions/configure-aws-credentials");
  expect(role?.with["role-to-assume"]).toBe(vars.DRIFT_ROLE_STAGING);

  const applied = await repository.call("terraform-apply", "--environment", "staging", "summary");
  expect(applied.exitCode, applied.stderr).toBe(0);
  const same = await compare();
  expect(same.exitCode, said(same)).toBe(0);
  expect(same.summary).toMatch(/^## terraformDrift: passed\n/u);
  expect(said(same) + said(differs)).not.toContain("of-nobody");
});

test("an environment that is not there is named", async () => {
  const matrix = { environment: "stagin" };
  const ran = await runJob("drift.yml", "drift", startedByHand({ matrix }), repository.path);
  expect(ran.exitCode).toBe(1);
  expect(said(ran)).toContain("no environment stagin: there are staging (did you mean staging?)");
});
