import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GithubRepository } from "../../.dagger/tests/github-repository.ts";
import { type GithubServer, startGithubServer } from "../../.dagger/tests/github-server.ts";
import { type Event, type JobRun, runJob } from "../workflows/run-workflow.ts";
import { Repository } from "./repository.ts";

/** Payloads as GitHub documents them. */
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}[];

const name = "team/product";
const token = "ghs-of-nobody";
let repository: Repository;
let github: GithubRepository;
let server: GithubServer;

beforeAll(async () => {
  repository = new Repository(["services/api", ".github"]);
  repository.commit();
  github = new GithubRepository(token);
  server = await startGithubServer(github.answer);
});
afterAll(() => {
  repository.remove();
  server.close();
});

function payload(event: string, fits: (example: Record<string, unknown>) => boolean) {
  const found = examples.find((each) => each.name === event)?.examples.find(fits);
  if (!found) throw new Error(`no example of ${event}`);
  return structuredClone(found);
}

/** The pull request that was opened, from a branch of the repository or from a fork. */
function opened(from: string): Event {
  const event = payload("pull_request", ({ action }) => action === "opened");
  const pull = event.pull_request as {
    number: number;
    title: string;
    head: { sha: string; ref: string; repo: { full_name: string } };
    base: { sha: string };
  };
  pull.title = '"; touch /tmp/pwned #';
  pull.head.ref = "feature/$(touch /tmp/pwned)";
  pull.head.repo.full_name = from;
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: repository.path });
  pull.base.sha = stdout.toString("utf8").trim();
  Object.assign(github.pull, { number: pull.number, head: pull.head.sha });
  github.commits.push(pull.head.sha);
  const ref = `refs/pull/${pull.number}/merge`;
  return { name: "pull_request", payload: event, ref, sha: "f".repeat(40), ...common() };
}

function common() {
  return { repository: name, token, apiUrl: server.url };
}

function check(event: Event): Promise<JobRun> {
  return runJob("ci.yml", "kitchen", event, repository.path);
}

const took = ({ steps }: JobRun) => steps.filter(({ taken }) => taken).map(({ step }) => step);
const said = ({ steps }: JobRun) => steps.map(({ output }) => output).join("\n");

test("a pull request is checked and reported: status, check run, comment, artifact, SARIF", async () => {
  const ran = await check(opened(name));
  expect(ran.exitCode, said(ran)).toBe(0);
  expect(took(ran)).toEqual([
    "actions/checkout",
    "dagger/dagger-for-github",
    "Check",
    "actions/upload-artifact",
    "github/codeql-action/upload-sarif",
    "Report",
    "Verdict",
  ]);
  expect(ran.summary).toMatch(/^## ci: passed\n\n`limited to what 0 changed files since /u);
  expect(JSON.parse(repository.read("report/report.sarif")).version).toBe("2.1.0");
  const details = "https://github.example/artifacts/1";
  expect(github.statuses).toMatchObject([
    { state: "success", context: "kitchen/ci", target_url: details, sha: github.pull.head },
  ]);
  expect(github.checkRuns).toMatchObject([{ body: { head_sha: github.pull.head } }]);
  expect(github.comments.map(({ body }) => body.split("\n")[1])).toEqual(["## ci: passed"]);
});

test("a flaw in the next push fails the job, and the same comment says so", async () => {
  const flaw = ".github/workflows/ci.yml";
  const planted = 'echo "${{ github.event.pull_request.title }}"';
  const plant = (text: string) =>
    `${text}  planted:\n    runs-on: ubuntu-24.04\n    permissions: {}\n    steps:\n      - run: ${planted}\n`;
  await repository.spoiled(flaw, plant, async () => {
    const ran = await check(opened(name));
    expect(ran.exitCode).toBe(1);
    const verdict = ran.steps.at(-1);
    expect(verdict).toMatchObject({ step: "Verdict", taken: true, exitCode: 1 });
    // It is read from what was run before: not a step ran again.
    expect(verdict?.output).not.toMatch(/withExec .* DONE/u);
    expect(github.statuses.at(-1)).toMatchObject({ state: "failure" });
    const annotations = github.checkRuns.at(-1)?.annotations.flat() as { title: string }[];
    expect(annotations).toMatchObject(annotations.map(() => ({ path: flaw })));
    const titles = annotations.map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining(["actionlint expression", "zizmor template-injection"]),
    );
    expect(github.comments.map(({ body }) => body.split("\n")[1])).toEqual(["## ci: failed"]);
    expect(said(ran)).not.toContain(token);
  });
});

test("a fork's pull request is checked without a token, and nothing of it becomes a command", async () => {
  const before = server.asked.length;
  const ran = await check(opened("somebody/product"));
  expect(ran.exitCode, said(ran)).toBe(0);
  expect(took(ran)).toEqual([
    "actions/checkout",
    "dagger/dagger-for-github",
    "Check",
    "actions/upload-artifact",
    "Verdict",
  ]);
  expect(server.asked).toHaveLength(before);
  const environments = ran.steps.filter(({ taken }) => taken).map(({ env }) => env);
  expect(JSON.stringify(environments)).not.toContain(token);
  expect(spawnSync("ls", ["/tmp/pwned"]).status).not.toBe(0);
});

test("a push to a feature branch is reported without a comment", async () => {
  const event = payload("push", ({ ref }) => String(ref).startsWith("refs/heads/"));
  const sha = String(event.after);
  github.commits.push(sha);
  const comments = JSON.stringify(github.comments);
  const ref = "refs/heads/feature/eta";
  const ran = await check({ name: "push", payload: event, ref, sha, ...common() });
  expect(ran.exitCode, said(ran)).toBe(0);
  expect(github.statuses.at(-1)).toMatchObject({ state: "success", sha });
  expect(JSON.stringify(github.comments)).toBe(comments);
});

test("no request was other than GitHub describes, and the token is nowhere in the cache", () => {
  expect(server.violations).toEqual([]);
  const cache = process.env.GALLEY_CACHE ?? `${process.env.HOME}/.cache/galley`;
  const search = `find "$1" -newer "$2" -type f -print0 | xargs -0 -r grep -lF -- "$3"`;
  const args = ["-c", search, "sh", cache, repository.path, token];
  const { stdout, stderr } = spawnSync("sh", args, { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(stderr.replace(/^.*No such file or directory\n/gmu, "")).toBe("");
});
