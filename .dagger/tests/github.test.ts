import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { githubDoctor } from "../src/github/doctor.ts";
import { putLines, reportStatus } from "../src/github/report-status.ts";
import { parsed } from "../src/github/rules.ts";
import { checkedTarget } from "../src/github/target.ts";
import type { ReportData } from "../src/report/finding.ts";
import { readReport } from "../src/report/report-file.ts";
import { GithubRepository, problem } from "./github-repository.ts";
import { type GithubServer, type Handler, startGithubServer } from "./github-server.ts";
import { finding, run } from "./sample-report.ts";

const commit = "a".repeat(40);
const servers: GithubServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    expect(server.violations).toEqual([]);
    // What is in a request is GitHub's business, but never the token.
    expect(JSON.stringify(server.asked.map(({ body }) => body))).not.toContain("ghs-");
  }
});

function report(findings: number, fields: Partial<ReportData> = {}): ReportData {
  const all = Array.from({ length: findings }, (_, index) =>
    finding({ line: index + 1, fingerprint: `${index}`, message: `finding ${index}` }),
  );
  const outcome = findings > 0 ? "findings" : "clean";
  return { stage: "ci", commit, accepted: [], runs: [run({ outcome, findings: all })], ...fields };
}

async function serve(repository: GithubRepository, before: Handler = () => undefined) {
  const server = await startGithubServer((asked) => before(asked) ?? repository.answer(asked));
  servers.push(server);
  return server;
}

interface Asking {
  readonly data?: ReportData;
  readonly repository?: string;
  readonly commit?: string;
  readonly pull?: number;
  readonly details?: string;
  readonly token?: string;
}

/** What was put, a line each; or the error. */
async function put(server: { url: string }, asking: Asking = {}): Promise<string> {
  const { data = report(1), repository = "team/product", pull = 7, details = "" } = asking;
  const { token = new GithubRepository().token } = asking;
  try {
    const target = checkedTarget(repository, asking.commit ?? commit, pull, details);
    return putLines(await reportStatus(data, target, { token, apiUrl: server.url, second: 5 }));
  } catch (error) {
    const words = `Error: ${(error as Error).message}`.replaceAll(server.url, "API");
    expect(words).not.toContain(token);
    return words;
  }
}

const once = (template: string, answer: ReturnType<Handler>, times = 1): Handler => {
  let left = times;
  return (asked) =>
    `${asked.method} ${asked.template}`.startsWith(template) && left-- > 0 ? answer : undefined;
};
const comments = "/repos/{owner}/{repo}/issues";
const checkRuns = "/repos/{owner}/{repo}/check-runs";

describe("what is put on GitHub", () => {
  it("is a status, a check run with every finding in pages of 50, and a comment", async () => {
    const repository = new GithubRepository();
    const server = await serve(repository);
    const details = "https://github.example/team/product/actions/runs/1/artifacts/2";
    expect(await put(server, { data: report(120), details })).toMatchInlineSnapshot(`
      "commit status: failure
      check run: failed, 120 annotations https://github.com/github/hello-world/runs/4
      comment: created https://github.com/octocat/Hello-World/issues/1347#issuecomment-1
      "
    `);
    const [check] = repository.checkRuns;
    expect(check?.annotations.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(check?.body).toMatchObject({
      conclusion: "failure",
      head_sha: commit,
      details_url: details,
    });
    expect(check?.annotations[0]?.[0]).toMatchInlineSnapshot(`
      {
        "annotation_level": "failure",
        "end_line": 1,
        "message": "finding 0",
        "path": "services/api/src/app.py",
        "start_line": 1,
        "title": "flake8 F401",
      }
    `);
    expect(repository.statuses).toMatchObject([
      { state: "failure", target_url: details, sha: commit },
    ]);
    expect(repository.comments[0]?.body).toMatch(/^<!-- kitchen report: ci -->\n## ci: failed\n/);
    expect(repository.comments[0]?.body).toContain(
      `\`${"a".repeat(12)}\` · [the whole report](${details})`,
    );
  });

  it("is one comment, changed in place, whatever others wrote, on whichever page", async () => {
    const repository = new GithubRepository();
    const forged = repository.comment("<!-- kitchen report: ci -->\n## ci: passed", {
      ...{ login: "somebody", type: "User" },
    });
    for (let index = 0; index < 120; index++) repository.comment(`comment ${index}`);
    const server = await serve(repository);
    expect(await put(server)).toContain("comment: created");
    expect(await put(server, { data: report(0) })).toContain("comment: updated");
    expect(repository.comments).toHaveLength(122);
    expect(repository.comments.at(-1)?.body).toContain("## ci: passed");
    expect(forged.body).toMatch(/## ci: passed$/);
    expect(repository.statuses.map(({ state }) => state)).toEqual(["failure", "success"]);
  });

  it("is the token's own comment where it is a person's", async () => {
    const repository = new GithubRepository();
    repository.login = "somebody";
    repository.comment("<!-- kitchen report: ci -->\n", { login: "app[bot]", type: "Bot" });
    const server = await serve(repository);
    await put(server);
    await put(server);
    expect(repository.comments.map(({ user }) => user.login)).toEqual(["app[bot]", "somebody"]);
  });

  it("is one comment again when two runs at once made two; another stage has its own", async () => {
    const repository = new GithubRepository();
    for (const stage of ["ci", "ci", "loadTest"])
      repository.comment(`<!-- kitchen report: ${stage} -->`);
    await put(await serve(repository));
    expect(repository.comments.map(({ body }) => body.split("\n")[0])).toEqual([
      "<!-- kitchen report: ci -->",
      "<!-- kitchen report: loadTest -->",
    ]);
  });

  it("is no comment for a push, and an error's status is error", async () => {
    const repository = new GithubRepository();
    const data = report(0, { runs: [run({ outcome: "error", reason: "crashed" })] });
    expect(await put(await serve(repository), { data, pull: 0 })).toMatchInlineSnapshot(`
      "commit status: error
      check run: error, 0 annotations https://github.com/github/hello-world/runs/4
      "
    `);
    expect(repository.comments).toEqual([]);
  });

  it("stays within GitHub's limits, however long a report is", async () => {
    const repository = new GithubRepository();
    const long = report(700);
    const findings =
      long.runs[0]?.findings.map((each) => ({ ...each, message: "🥘".repeat(40_000) })) ?? [];
    const data = {
      ...long,
      runs: [run({ outcome: "findings", findings, reason: "why ".repeat(9000) })],
    };
    const words = await put(await serve(repository), { data });
    expect(words).toContain("500 annotations, 200 more in the report");
    expect(repository.checkRuns[0]?.annotations).toHaveLength(10);
  });
});

describe("while it is at it", () => {
  it("the comment was deleted: there is a new one", async () => {
    const repository = new GithubRepository();
    repository.comment("<!-- kitchen report: ci -->");
    const gone = once("patch /repos/{owner}/{repo}/issues", problem(404, "Not Found"));
    expect(await put(await serve(repository, gone))).toContain("comment: created");
    expect(repository.comments).toHaveLength(2);
  });

  it("the pull request was closed, or its branch pushed to: the comment is left alone", async () => {
    const repository = new GithubRepository();
    const ours = repository.comment("<!-- kitchen report: ci -->");
    const server = await serve(repository);
    repository.pull.state = "closed";
    const closed = await put(server);
    repository.pull.state = "open";
    repository.pull.head = "b".repeat(40);
    const pushed = await put(server);
    expect([closed, pushed].map((words) => words.split("\n")[2])).toMatchInlineSnapshot(`
      [
        "comment: left alone: pull request 7 is closed",
        "comment: left alone: pull request 7 is at bbbbbbbbbbbb now, its report comes from there",
      ]
    `);
    expect(ours.body).toBe("<!-- kitchen report: ci -->");
    // The commit's own verdict is put all the same.
    expect(repository.statuses).toHaveLength(2);
  });

  it("a rate limit is waited for as GitHub says, and failures are tried again", async () => {
    const reset = `${Math.floor(Date.now() / 1000)}`;
    const faults = [
      once(
        `post ${checkRuns}`,
        problem(403, "You have exceeded a secondary rate limit", { "retry-after": "3" }),
        2,
      ),
      once(
        `post ${comments}`,
        problem(429, "API rate limit exceeded", {
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": reset,
        }),
      ),
      once("get /repos/{owner}/{repo}/pulls", problem(502, "Bad Gateway"), 2),
      once("post /repos/{owner}/{repo}/statuses", "hang up"),
    ];
    const repository = new GithubRepository();
    const server = await serve(repository, (asked) => {
      for (const fault of faults) {
        const answer = fault(asked);
        if (answer) return answer;
      }
      return undefined;
    });
    expect(await put(server)).not.toContain("FAILED");
    expect(
      [repository.comments, repository.checkRuns, repository.statuses].map(({ length }) => length),
    ).toEqual([1, 1, 1]);
    expect(
      server.asked.filter(
        ({ method, template }) => `${method} ${template}` === `post ${checkRuns}`,
      ),
    ).toHaveLength(3);
  });

  it("a rate limit of an hour is not waited for, and what can be put is put", async () => {
    const reset = "4102444800";
    const limited = problem(403, "API rate limit exceeded for installation ID 1", {
      ...{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
    });
    const repository = new GithubRepository();
    const words = await put(await serve(repository, once(`post ${checkRuns}`, limited, 99)));
    expect(words).toMatchInlineSnapshot(`
      "Error: commit status: failure
      check run: FAILED: the token's rate limit is used up, until 2100-01-01T00:00:00.000Z: API rate limit exceeded for installation ID 1
      comment: created https://github.com/octocat/Hello-World/issues/1347#issuecomment-1"
    `);
    expect(repository.comments).toHaveLength(1);
  });
});

describe("what cannot be done is one message", () => {
  it.each<[string, Asking, Handler?]>([
    ["a wrong token", { token: "ghs-other" }],
    ["no such repository", { repository: "team/other" }],
    ["no repository's name", { repository: "https://github.com/team/product" }],
    ["no such pull request", { pull: 8 }],
    ["a short commit", { commit: "abc1234" }],
    ["a report of another commit", { commit: "b".repeat(40) }],
    ["a report of no commit", { data: { ...report(0), commit: undefined } }],
    [
      "a commit that GitHub does not know",
      { commit: "c".repeat(40), data: report(0, { commit: "c".repeat(40) }), pull: 0 },
    ],
    ["a details URL that is no address", { details: "javascript:alert(1)" }],
    [
      "a permission too few",
      {},
      once(
        `post ${checkRuns}`,
        problem(403, "Resource not accessible by integration", {
          "x-accepted-github-permissions": "checks=write",
        }),
      ),
    ],
    [
      "a permission too few, of several that would do",
      {},
      once(
        "post /repos/{owner}/{repo}/issues",
        problem(403, "Resource not accessible by integration", {
          "x-accepted-github-permissions": "issues=write; pull_requests=write,contents=read",
        }),
      ),
    ],
    [
      "a scope too few",
      {},
      once(
        "post /repos/{owner}/{repo}/statuses",
        problem(403, "Forbidden", { "x-accepted-oauth-scopes": "repo, repo:status" }),
      ),
    ],
    ["GitHub is down", {}, once("get /repos", problem(503, "Service Unavailable"), 99)],
    ["nothing answers", {}, once("get /repos", "hang up", 99)],
  ])("%s", async (_name, asking, fault) => {
    expect(await put(await serve(new GithubRepository(), fault), asking)).toMatchSnapshot();
  });

  it("an API address that is none", async () => {
    expect(await put({ url: "github.example" })).toMatchSnapshot();
    expect(await put({ url: "ftp://github.example" })).toMatchSnapshot();
  });

  it("a file that is no report", () => {
    const wrong = ["<html>", "{}", JSON.stringify(report(0, { stage: "a b\n# c" }))];
    expect(
      wrong.map((text) => {
        try {
          return readReport(text, "report.json");
        } catch (error) {
          return (error as Error).message;
        }
      }),
    ).toMatchSnapshot();
    const written = JSON.stringify({ verdict: "failed", ...report(2) });
    expect(readReport(written, "report.json")).toEqual(report(2));
  });
});

describe("githubDoctor", () => {
  const root = new URL("../../.github/", import.meta.url);
  const [main, tags] = ["main", "tags"].map((name) =>
    JSON.parse(readFileSync(new URL(`rulesets/${name}.json`, root), "utf8")),
  );
  const rules = {
    rulesets: [main, tags],
    environments: {
      staging: environment({ branches: ["main"] }),
      production: environment({
        branches: ["main"],
        tags: ["v*"],
        teams: ["release-owners"],
        preventSelfReview: true,
      }),
    },
  };

  function environment({
    branches = [] as string[],
    tags = [] as string[],
    teams = [] as string[],
    preventSelfReview = false,
  }) {
    return { branches, tags, reviewers: { teams, users: [] }, preventSelfReview };
  }

  /** A repository to which the rules were applied. */
  function applied(): GithubRepository {
    const repository = new GithubRepository();
    for (const [at, each] of rules.rulesets.entries()) {
      repository.rulesets.push({ id: at + 1, ...structuredClone(each) });
    }
    const custom = { protected_branches: false, custom_branch_policies: true };
    repository.environments.staging = { protection_rules: [], deployment_branch_policy: custom };
    repository.environments.production = {
      protection_rules: [reviewed([["Team", "release-owners"]], true)],
      deployment_branch_policy: custom,
    };
    repository.policies.staging = [{ name: "main", type: "branch" }];
    repository.policies.production = [
      { name: "main", type: "branch" },
      { name: "v*", type: "tag" },
    ];
    return repository;
  }

  async function doctor(repository: GithubRepository, before?: Handler): Promise<string> {
    const server = await serve(repository, before);
    const access = { token: repository.token, apiUrl: server.url, second: 1 };
    return githubDoctor(rules, "team/product", access).catch((error: Error) => error.message);
  }

  it("is content where everything is as it should be", async () => {
    expect(await doctor(applied())).toMatchInlineSnapshot(`
      "team/product
      ok     ruleset main
      ok     ruleset release tags
      ok     environment staging
      ok     environment production
      ok     CODEOWNERS
      "
    `);
  });

  it("names every setting that is weaker", async () => {
    const repository = applied();
    const [ruleset] = repository.rulesets as unknown as [typeof main];
    ruleset.enforcement = "evaluate";
    repository.rulesets[1]?.rules.pop();
    ruleset.bypass_actors = [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }];
    ruleset.rules = ruleset.rules.filter(
      ({ type }: { type: string }) => type !== "required_linear_history",
    );
    for (const { type, parameters } of ruleset.rules) {
      if (type === "pull_request") parameters.required_approving_review_count = 0;
      if (type === "required_status_checks")
        parameters.required_status_checks = [{ context: "other" }];
    }
    const { production, staging } = repository.environments as Record<
      string,
      Record<string, unknown>
    >;
    Object.assign(production as object, {
      protection_rules: [
        reviewed(
          [
            ["Team", "release-owners"],
            ["User", "octocat"],
          ],
          false,
        ),
      ],
    });
    Object.assign(staging as object, { deployment_branch_policy: null });
    repository.policies.production?.push({ name: "*", type: "branch" });
    repository.codeowners = [
      {
        line: 3,
        column: 1,
        kind: "Unknown owner",
        source: "* @nobody",
        message: "…",
        path: ".github/CODEOWNERS",
      },
    ];
    expect(await doctor(repository)).toMatchInlineSnapshot(`
      "team/product
      WRONG  ruleset main: enforcement is "evaluate", not "active"
      WRONG  ruleset main: rules lacks required_linear_history
      WRONG  ruleset main: rules.pull_request.parameters.required_approving_review_count is 0, not 1
      WRONG  ruleset main: rules.required_status_checks.parameters.required_status_checks lacks kitchen / ci
      WRONG  ruleset main: bypass_actors has {"actor_id":5,"actor_type":"RepositoryRole","bypass_mode":"always"} too
      WRONG  ruleset release tags: rules lacks update
      WRONG  environment staging: any branch or tag may deploy to it
      WRONG  environment production: reviewers.users has octocat too
      WRONG  environment production: who started a deployment can approve it
      WRONG  environment production: branches has * too
      WRONG  CODEOWNERS: .github/CODEOWNERS:3 Unknown owner: * @nobody"
    `);
  });

  it("names what is not there, and what the token may not see", async () => {
    const repository = new GithubRepository();
    repository.codeowners = undefined;
    expect(await doctor(repository)).toMatchInlineSnapshot(`
      "team/product
      WRONG  ruleset main: the repository does not have it
      WRONG  ruleset release tags: the repository does not have it
      WRONG  environment staging: the repository does not have it
      WRONG  environment production: the repository does not have it
      WRONG  CODEOWNERS: the default branch has no CODEOWNERS file"
    `);
    const hidden = applied();
    delete hidden.rulesets[0]?.bypass_actors;
    const forbidden = once(
      "get /repos/{owner}/{repo}/environments/{environment_name}/",
      problem(403, "Resource not accessible", { "x-accepted-github-permissions": "actions=read" }),
      99,
    );
    expect(await doctor(hidden, forbidden)).toMatchInlineSnapshot(`
      "team/product
      WRONG  ruleset main: who may bypass it is not shown to this token: it lacks the permission administration: write
      ok     ruleset release tags
      WRONG  environment staging: the token may not do that: it lacks the permission actions: read (in a workflow: under the job's permissions)
      WRONG  environment production: the token may not do that: it lacks the permission actions: read (in a workflow: under the job's permissions)
      ok     CODEOWNERS"
    `);
  });

  it("says where a file of rules is wrong", () => {
    const schema = z.record(z.string(), z.strictObject({ branches: z.array(z.string()) }));
    const wrong = ["a: [", "a: {branch: [main]}"].map((text) => {
      try {
        return parsed(".github/environments.yaml", text, schema);
      } catch (error) {
        return (error as Error).message.split("\n")[0];
      }
    });
    expect(wrong).toMatchInlineSnapshot(`
      [
        ".github/environments.yaml: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5:",
        ".github/environments.yaml: a.branches: Invalid input: expected array, received undefined",
      ]
    `);
  });
});

function reviewed(reviewers: readonly (readonly [string, string])[], prevent: boolean) {
  return {
    id: 1,
    node_id: "1",
    type: "required_reviewers",
    prevent_self_review: prevent,
    reviewers: reviewers.map(([type, name]) => ({
      type,
      reviewer: type === "Team" ? { ...team, name, slug: name } : { ...user, login: name },
    })),
  };
}

const team = {
  ...{
    id: 1,
    node_id: "1",
    url: "https://api.github.com/teams/1",
    html_url: "https://github.com/t",
  },
  ...{
    name: "",
    slug: "",
    description: "",
    privacy: "closed",
    notification_setting: "notifications_enabled",
  },
  ...{
    permission: "admin",
    members_url: "https://api.github.com/m",
    repositories_url: "https://api.github.com/r",
  },
  ...{ parent: null, type: "organization", organization_id: 1 },
};
const user = {
  ...{ login: "", id: 1, node_id: "1", avatar_url: "https://github.com/a", gravatar_id: "" },
  ...Object.fromEntries(
    [
      "url",
      "html_url",
      "followers_url",
      "following_url",
      "gists_url",
      "starred_url",
      "subscriptions_url",
      "organizations_url",
      "repos_url",
      "events_url",
      "received_events_url",
    ].map((name) => [name, "https://api.github.com/u"]),
  ),
  ...{ type: "User", site_admin: false },
};
