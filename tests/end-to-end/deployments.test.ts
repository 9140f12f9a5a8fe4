import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
    ["staging", "production"]
      .map((name) => `  ${name}:\n    path: infra\n    state: ${state}-${name}\n`)
      .reduce((text, each) => text + each, "environments:\n"),
  );
  repository.write(
    "infra/main.tf",
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

test("production's plan is made once, sealed, shown, and asked for", async () => {
  const key = "a key of nobody, long enough";
  const secrets = { PLAN_KEY: key };
  const ran = await runJob("staging.yml", "plan", startedByHand({ secrets }), repository.path);
  const plan = ran.steps.find(({ step }) => step === "Plan");
  expect(plan, said(ran)).toMatchObject({ taken: true, exitCode: 0 });
  const made = JSON.parse(repository.read("plan/plan.json")) as { digest: string };
  expect(repository.read("plan/digest")).toBe(`${made.digest}\n`);
  expect(repository.read("plan/plan.md")).toContain("terraform_data.size");
  expect(repository.read("plan/production.plan")).not.toContain("terraform_data");
  // There is no release yet: the request says so, and nothing goes on to production.
  expect(ran.steps.at(-1)).toMatchObject({ step: "Ask", taken: true, exitCode: 1 });
  expect(ran.steps.at(-1)?.output).toContain("release");
  expect(said(ran)).not.toContain(key);
});

describe("an environment that is no place for a release is refused before anything is touched", () => {
  const given = {
    secrets: { SSH_KEY: "key of nobody", AIRFLOW_PASSWORD: "of-nobody", PLAN_KEY: "of-nobody" },
    vars: { HOST: "ssh://nobody@localhost:1/run/docker.sock", TARGET: "http://localhost:1" },
    inputs: { release: `sha256:${"a".repeat(64)}`, run: "1", why: "$(touch /tmp/pwned)", to: "" },
  };

  test.each([
    ["staging.yml", "staging", "Deliver"],
    ["production.yml", "promote", "Promote"],
    ["rollback.yml", "rollback", "Back"],
  ])("%s", async (file, job, step) => {
    repository.write(".kitchen/known_hosts", "");
    repository.write(`approvals/${"a".repeat(64)}/none.json`, "{}");
    repository.write("plan/production.plan", "");
    repository.commit();
    const inputs = { ...given.inputs, environment: "staging" };
    const ran = await runJob(file, job, startedByHand({ ...given, inputs }), repository.path);
    const refused = ran.steps.find((each) => each.step === step);
    expect(refused, said(ran)).toMatchObject({ taken: true, exitCode: 1 });
    const name = file === "production.yml" ? "production" : "staging";
    expect(refused?.output).toContain(
      `kitchen.yaml: no environment ${name} to deploy to: there are none`,
    );
    expect(said(ran)).not.toContain("of-nobody");
    expect(existsSync("/tmp/pwned")).toBe(false);
  });
});

test("an environment that is not there is named", async () => {
  const matrix = { environment: "stagin" };
  const ran = await runJob("drift.yml", "drift", startedByHand({ matrix }), repository.path);
  expect(ran.exitCode).toBe(1);
  expect(said(ran)).toContain(
    "no environment stagin: there are staging, production (did you mean staging?)",
  );
});
