import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { GithubRepository } from "../../.dagger/tests/github-repository.ts";
import { startGithubServer } from "../../.dagger/tests/github-server.ts";
import { freePort } from "../../engine/src/testing/free-port.ts";
import { registryLogin, startRegistry } from "../../engine/src/testing/registry.ts";
import { branchOf } from "../workflows/branch.ts";
import { type Event, type JobRun, runJob } from "../workflows/run-workflow.ts";
import { type OwnAddress, takeOwnAddress } from "./own-address.ts";
import { type Podman, startPodman } from "./podman.ts";
import { migratedByDeploy, service } from "./product.ts";
import { type Ran, Repository } from "./repository.ts";
import { startSshServer } from "./ssh-server.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

// From a push to production and back, by what the workflows say: a host that is reached by SSH, a
// registry by TLS and with a login, and one folder where GitHub keeps artifacts.

vi.setConfig({ testTimeout: 900_000 });

const secrets = {
  PLAN_KEY: "a key of nobody, long enough",
  SSH_KEY: "",
  AIRFLOW_PASSWORD: "",
};
const github = new GithubRepository(registryLogin.password);
const cleanUps: (() => void)[] = [];
const ports = { staging: 0, production: 0 };
let own: OwnAddress;
let podman: Podman;
let repository: Repository;
/** a folder for whatever a test writes */
let files: string;
let registry: string;
let apiUrl: string;
let host: string;

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), "delivery-"));
  cleanUps.push(() => rmSync(files, { recursive: true, force: true }));
  own = takeOwnAddress();
  cleanUps.push(own.stop);
  const before = process.env.SSL_CERT_FILE;
  process.env.SSL_CERT_FILE = own.certificates;
  cleanUps.push(() => {
    if (before === undefined) delete process.env.SSL_CERT_FILE;
    else process.env.SSL_CERT_FILE = before;
  });
  const behind = await startRegistry({ withLogin: true });
  cleanUps.push(behind.stop);
  registry = await own.withTls(behind.address);
  podman = await startPodman(registry);
  cleanUps.push(podman.stop);
  // What a pipeline would have published there: without it the service answers some questions with 503.
  for (const name of ["staging", "production"]) {
    const volume = `kitchen-${name}-models`;
    podman.run("volume", "create", volume);
    const folder = podman.run("volume", "inspect", volume, "--format", "{{.Mountpoint}}");
    copyFileSync(
      new URL("../../services/api/tests/data/demand.json", import.meta.url),
      join(folder, "demand.json"),
    );
  }
  const ssh = await startSshServer(own.address);
  cleanUps.push(ssh.stop);
  host = `ssh://root@${own.address}:${ssh.port}${podman.socket}`;
  secrets.SSH_KEY = readFileSync(ssh.key, "utf8");
  const server = await startGithubServer(github.answer);
  cleanUps.push(server.close);
  apiUrl = server.url;
  github.reviewers.push("octocat");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(files, "cleo")]);

  for (const name of ["staging", "production"] as const) ports[name] = await freePort();
  repository = new Repository(["services/api", "services/loadtest", "examples/consumer"]);
  cleanUps.push(() => repository.remove());
  git("symbolic-ref", "HEAD", "refs/heads/main");
  const cleo = readFileSync(join(files, "cleo.pub"), "utf8");
  repository.write(
    ".kitchen/allowed_signers",
    `cleo@example.com namespaces="kitchen-approval" ${cleo}`,
  );
  repository.write(".kitchen/known_hosts", `[${own.address}]:${ssh.port} ${ssh.hostKey}\n`);
  repository.write("kitchen.yaml", settings());
  for (const name of ["staging", "production"])
    repository.write(`infra/${name}/main.tf`, terraform);
  repository.write(
    ".gitignore",
    ["report", "evidence", "staging", "plan", "approvals", "rollout"].join("\n"),
  );
  repository.commit();
});
afterAll(() => {
  for (const cleanUp of cleanUps.reverse()) cleanUp();
});

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repository.path, encoding: "utf8" }).trim();
}

const payloads = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly { readonly action?: string }[];
}[];

function event(name: string, more: Partial<Event> = {}): Event {
  const all = payloads.find((each) => each.name === name)?.examples ?? [];
  const payload = all.find(({ action }) => action === undefined || action === "published") ?? {};
  return {
    ...{
      name,
      payload: structuredClone(payload),
      ref: "refs/heads/main",
      sha: git("rev-parse", "HEAD"),
    },
    ...{ repository: "team/product", apiUrl, artifacts: join(files, "artifacts"), secrets },
    ...{ actor: registryLogin.username, token: registryLogin.password, ...more },
    vars: { HOST: host, REGISTRY: `${registry}/team`, ...more.vars },
  };
}

/** A job that has to end well. */
async function ran(file: string, job: string, started: Event): Promise<JobRun> {
  const done = await runJob(file, job, started, repository.path);
  expect(done.exitCode, `${said(done)}${done.summary}`).toBe(0);
  return done;
}

const said = ({ steps }: JobRun) => steps.map(({ output }) => output).join("\n");

function done({ exitCode, stderr, stdout }: Ran): string {
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** Approves what is asked for, and all that it lacks, into a folder. */
async function approve(release: string, plan: string, lacks: string, folder: string) {
  const gaps = [...lacks.matchAll(/^ {2}([\w:-]+): (?:it was|the stage)/gmu)].map(
    ([, name]) => name,
  );
  const about = ["--release", release, "--environment", "production", "--plan", plan];
  const by = ["--approver", "cleo@example.com", "--key", `file://${files}/cleo`, "--expires", "1h"];
  const waived = gaps.flatMap((name) => ["--waive", `${name}`]);
  const words = [
    "approve",
    ...about,
    ...by,
    ...waived,
    ...where(),
    "all",
    "export",
    "--path",
    folder,
  ];
  done(await repository.call(...words));
}

function where(): string[] {
  process.env.REGISTRY_PASSWORD = registryLogin.password;
  const login = ["--username", registryLogin.username, "--password", "env:REGISTRY_PASSWORD"];
  return ["--registry", `${registry}/team`, ...login];
}

/** The release that production gives, by its own word. */
async function servedIn(name: keyof typeof ports): Promise<string> {
  const answer = await fetch(`http://${own.address}:${ports[name]}/version`);
  return ((await answer.json()) as { release_id: string }).release_id;
}

/** People use production while something is done. */
async function used<T>(work: () => Promise<T>): Promise<{ result: T; people: Traffic }> {
  const people = startTraffic(`http://${own.address}:${ports.production}`);
  const result = await work().finally(() => people.stop());
  return { result, people };
}

let first: string;

test("another repository's module promotes by Kitchen, through its own types", async () => {
  const save = (name: string) => ["json", "export", "--path", join(files, name)];
  done(await repository.call("build-images", "publish", ...where(), ...save("published.json")));
  mkdirSync(join(files, "evidence"));
  const [, , ...login] = where();
  const given = [
    "--published",
    join(files, "published.json"),
    "--evidence",
    join(files, "evidence"),
  ];
  const summary = done(await repository.call("release", ...given, ...login, "summary"));
  first = /sha256:\S+/u.exec(summary)?.[0] ?? "";
  process.env.PLAN_KEY = secrets.PLAN_KEY;
  const planning = ["terraform-plan", "--environment", "production", "--key", "env:PLAN_KEY"];
  done(await repository.call(...planning, "all", "export", "--path", join(files, "plan")));
  const plan = readFileSync(join(files, "plan/digest"), "utf8").trim();

  const promote = (approvals: string) =>
    repository.call(
      ...["-m", "examples/consumer", "--source", ".", "promote", "--release", first, ...where()],
      ...["--approvals", approvals, "--socket", podman.socket, "--git", ".git"],
      ...["--plan", join(files, "plan/production.plan"), "--plan-key", "env:PLAN_KEY"],
    );
  const refused = await promote(join(files, "evidence"));
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(
    `release ${first} is not promoted to production, and nothing was touched:`,
  );
  expect(podman.run("ps", "--all", "--quiet")).toBe("");

  await approve(first, plan, summary, join(files, "approved"));
  expect(done(await promote(join(files, "approved")))).toContain(
    `${first} is the first release in production, and has all traffic`,
  );
  expect(await servedIn("production")).toBe(first);
});

let release: string;

test("a push is delivered to staging, tested there, and asks for production", async () => {
  repository.write(
    "CHANGES.md",
    "Another release, of the same sources: its images say its own commit.\n",
  );
  repository.commit();
  const vars = { TARGET: `http://${own.address}:${ports.staging}` };
  const pushed = event("push", { vars, runId: "7" });
  const staged = await ran("staging.yml", "staging", pushed);
  expect(staged.summary).toMatch(/^## staging: passed\n/u);
  release = staged.outputs.release ?? "";
  expect(release).toMatch(/^sha256:[0-9a-f]{64}$/u);

  const needs = { staging: staged };
  await ran("staging.yml", "plan", { ...pushed, needs });
  // Run again, it is this plan that is asked for.
  const planned = await ran("staging.yml", "plan", { ...pushed, needs });
  expect(planned.summary).toContain(
    `May this release go to production, and this plan be applied for it?`,
  );
  expect(planned.summary).toContain(release);
  github.runs["staging.yml"] = [{ id: 7, head_sha: pushed.sha }];

  const plan = readFileSync(join(files, "artifacts/7/production-plan/digest"), "utf8").trim();
  const folder = join(files, "signed");
  await approve(release, plan, planned.summary, join(folder, release.replace("sha256:", "")));
  branchOf(folder, "approvals", repository.path);
});

test("published on GitHub, the very release goes to production by steps; a tag of another commit does not", async () => {
  const tag = (name: string) => {
    const published = event("release", { ref: `refs/tags/${name}`, runId: "8" });
    Object.assign(published.payload.release as object, { tag_name: name });
    return published;
  };
  // The tag was moved after GitHub had started the run of its commit.
  git("tag", "v0.9.0", "HEAD~1");
  const moved = await runJob("production.yml", "promote", tag("v0.9.0"), repository.path);
  const [before, now] = [git("rev-parse", "HEAD~1"), git("rev-parse", "HEAD")];
  expect(moved.exitCode).toBe(1);
  expect(said(moved)).toContain(
    `tag v0.9.0 points at commit ${before}, and the release is of ${now}`,
  );
  // Nothing came by steps yet, and the page of the run says so.
  expect(moved.steps.find(({ step }) => step === "Timeline")).toMatchObject({ exitCode: 0 });
  expect(moved.summary).toContain("no rollout is remembered");
  expect(await servedIn("production")).toBe(first);

  git("tag", "v1.0.0");
  const { result, people } = await used(() => ran("production.yml", "promote", tag("v1.0.0")));
  expect(await servedIn("production")).toBe(release);
  expect(people.failed).toEqual([]);
  expect(people.sent).toBeGreaterThan(200);
  const promoted = result.steps.find(({ step }) => step === "Promote");
  expect(promoted?.output).toContain("let through by octocat");
  expect(result.summary).toMatch(/^## /u);
  expect(said(result)).not.toMatch(/PRIVATE KEY|a key of nobody/u);
});

test("rolled back, what served before serves again", async () => {
  const inputs = { environment: "production", why: "a drill", to: "" };
  const back = event("workflow_dispatch", { inputs, runId: "9" });
  const { people } = await used(() => ran("rollback.yml", "rollback", back));
  expect(people.failed).toEqual([]);
  expect(await servedIn("production")).toBe(first);
});

const terraform = `terraform {
  required_version = ">= 1.11"
}

resource "terraform_data" "bucket" {
  input = "models"
}
`;

function settings(): string {
  const environments = (["staging", "production"] as const).map(
    (name) => `  ${name}:
    path: infra/${name}
    state: ${name}-${ports[name]}
    deploy:
      kind: docker
      address: ${own.address}:${ports[name]}
      startTimeout: 180s
      drainTimeout: 5s
`,
  );
  return `components:
${service("/menu")}${migratedByDeploy}  loadtest:
    path: services/loadtest
    image: false
stages:
  integrationTest:
    tests: services/api/integration
  loadTest: {users: 11, spawnRate: 11, warmUp: 3s, duration: 10s, thresholds: [p95 < 5s, errors < 1%]}
rollout:
  steps:
    - {weight: 50, soak: 3s, requests: 40}
    - {weight: 100, soak: 3s, requests: 40}
  limits: {errorRate: 5, errorIncrease: 5, percentile: 95, latency: 5, latencyIncrease: 2000}
  patience: 40
  watch: 3s
environments:
${environments.join("")}`;
}
