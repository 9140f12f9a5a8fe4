import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GithubRepository } from "../../.dagger/tests/github-repository.ts";
import { type GithubServer, startGithubServer } from "../../.dagger/tests/github-server.ts";
import { branchOf } from "../workflows/branch.ts";
import { type Event, type JobRun, runJob } from "../workflows/run-workflow.ts";
import { Repository } from "./repository.ts";

/** Payloads as GitHub documents them. */
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}[];

let repository: Repository;
let github: GithubRepository;
let server: GithubServer;
let artifacts: string;
const token = "ghs-of-nobody";
const state = `deployments-test-${process.pid}-${Date.now()}`;

beforeAll(async () => {
  github = new GithubRepository(token);
  server = await startGithubServer(github.answer);
  artifacts = mkdtempSync(join(tmpdir(), "artifacts-"));
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
afterAll(() => {
  repository.remove();
  server.close();
  rmSync(artifacts, { recursive: true, force: true });
});

function startedBy(name: string, more: Partial<Event> = {}, action?: string): Event {
  const all = examples.find((each) => each.name === name)?.examples ?? [];
  const payload = all.find((each) => each.action === action) ?? {};
  const [ref, sha] = ["refs/heads/main", "a".repeat(40)];
  const common = { repository: "team/product", token, apiUrl: server.url };
  return { name, payload: structuredClone(payload), ref, sha, ...common, ...more };
}

const startedByHand = (more: Partial<Event> = {}) => startedBy("workflow_dispatch", more);

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

/** The run 7 of staging has made a release and a plan, and there is a branch with approvals. */
function approvable(): void {
  const plan = join(artifacts, "7", "production-plan");
  mkdirSync(plan, { recursive: true });
  writeFileSync(join(plan, "production.plan"), "");
  writeFileSync(join(plan, "release"), `sha256:${"a".repeat(64)}\n`);
  repository.write(".kitchen/known_hosts", "");
  const approvals = join(artifacts, "approvals");
  mkdirSync(join(approvals, "a".repeat(64)), { recursive: true });
  writeFileSync(join(approvals, "a".repeat(64), "none.json"), "{}");
  branchOf(approvals, "approvals", repository.path);
}

describe("an environment that is no place for a release is refused before anything is touched", () => {
  const given = {
    secrets: { SSH_KEY: "key of nobody", AIRFLOW_PASSWORD: "of-nobody", PLAN_KEY: "of-nobody" },
    vars: { HOST: "ssh://nobody@localhost:1/run/docker.sock", TARGET: "http://localhost:1" },
    inputs: { run: "7", why: "$(touch /tmp/pwned)", to: "" },
  };

  beforeAll(approvable);

  test.each([
    ["staging.yml", "staging", "Deliver"],
    ["production.yml", "promote", "Promote"],
    ["rollback.yml", "rollback", "Back"],
  ])("%s", async (file, job, step) => {
    const inputs = { ...given.inputs, environment: "staging" };
    const event = startedByHand({ ...given, inputs, artifacts });
    const ran = await runJob(file, job, event, repository.path);
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

describe("a workflow whose environment is not set up on GitHub", () => {
  beforeAll(approvable);

  test.each([
    ["staging.yml", "staging", "Deliver", "where does the environment answer? give --target"],
    [
      "production.yml",
      "promote",
      "Promote",
      "no host: give --socket /var/run/docker.sock, or --ssh",
    ],
    ["rollback.yml", "rollback", "Back", "no host: give --socket /var/run/docker.sock, or --ssh"],
  ])("%s", async (file, job, step, words) => {
    const inputs = { run: "7", environment: "staging", why: "", to: "" };
    // Nothing is reached on the way: it has to be said without.
    const event = startedByHand({ vars: { REGISTRY: "localhost:1/team" }, inputs, artifacts });
    const deployed = (text: string) =>
      text.replaceAll(/(state: .*)/gu, "$1\n    deploy: {kind: docker, address: 127.0.0.1:1}");
    await repository.spoiled("kitchen.yaml", deployed, async () => {
      const ran = await runJob(file, job, event, repository.path);
      const refused = ran.steps.find((each) => each.step === step);
      expect(refused, said(ran)).toMatchObject({ taken: true, exitCode: 1 });
      expect(refused?.output).toContain(words);
    });
  });
});

describe("a release that is published on GitHub", () => {
  beforeAll(approvable);
  const [ref, sha] = ["refs/tags/v1.2.0", "b".repeat(40)];

  /** The tag's name is of outside, as all text of a release. */
  function published(release: object = {}): Event {
    const event = startedBy("release", { ref, sha, artifacts }, "published");
    Object.assign(event.payload.release as object, {
      tag_name: "v1$(touch$IFS/tmp/pwned)",
      name: "$(touch /tmp/pwned)",
      ...release,
    });
    return event;
  }
  const promote = (event: Event) => runJob("production.yml", "promote", event, repository.path);

  test("is promoted by the run of staging that its tag's commit had on main", async () => {
    github.runs["staging.yml"] = [
      { id: 8, head_sha: "c".repeat(40) },
      { id: 7, head_sha: sha },
    ];
    const ran = await promote(published());
    const [plan, asked] = ["actions/download-artifact", "Promote"].map((name) =>
      ran.steps.find(({ step }) => step === name),
    );
    expect(plan).toMatchObject({ taken: true, exitCode: 0, with: { "run-id": "7" } });
    expect(asked?.env.TAG).toBe("v1$(touch$IFS/tmp/pwned)");
    expect(asked?.output).toContain("kitchen.yaml: no environment production to deploy to");
    expect(server.asked.find(({ template }) => template.endsWith("/runs"))?.query.toString()).toBe(
      `branch=main&event=push&head_sha=${sha}`,
    );
    expect(existsSync("/tmp/pwned")).toBe(false);
  });

  test("whose commit was never in staging ends there", async () => {
    github.runs["staging.yml"] = [{ id: 8, head_sha: "c".repeat(40) }];
    const ran = await promote(published({ tag_name: "v1.2.0" }));
    const at = ran.steps.findIndex(({ step }) => step === "Find");
    expect(ran.steps[at]).toMatchObject({ taken: true });
    expect(ran.steps[at]?.output).toContain(
      `run: tag v1.2.0 is commit ${sha}, and staging never ran for it on main`,
    );
    expect(ran.exitCode).not.toBe(0);
    expect(ran.steps.find(({ step }) => step === "Promote")?.taken).toBe(false);
  });

  test("whose staging did not come as far as a plan ends there", async () => {
    github.runs["staging.yml"] = [{ id: 9, head_sha: sha }];
    const ran = await promote(published());
    expect(said(ran)).toContain("Artifact not found for name: production-plan");
    expect(ran.steps.find(({ step }) => step === "Promote")?.taken).toBe(false);
  });

  test("as a pre-release promotes nothing", async () => {
    const ran = await promote(published({ prerelease: true }));
    expect(ran).toMatchObject({ exitCode: 0, steps: [] });
  });

  test("asks GitHub for nothing that it does not describe", () => {
    expect(server.violations).toEqual([]);
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
