import { type Answer, type Asked, example } from "./github-server.ts";

interface User {
  login: string;
  type: string;
}
interface Comment {
  id: number;
  body: string;
  user: User;
}

/** A repository as GitHub would hold it: what requests did to it, and answers out of it. */
export class GithubRepository {
  constructor(readonly token = "ghs-token-of-a-test") {}

  /** the user of the token; undefined: it is a workflow's */
  login: string | undefined;
  readonly pull = { number: 7, state: "open", head: "a".repeat(40) };
  readonly commits = ["a".repeat(40), "b".repeat(40)];
  readonly comments: Comment[] = [];
  readonly statuses: Record<string, unknown>[] = [];
  readonly checkRuns: { body: Record<string, unknown>; annotations: unknown[][] }[] = [];
  readonly rulesets: { id: number; name: string; rules: object[]; [key: string]: unknown }[] = [];
  readonly environments: Record<string, Record<string, unknown>> = {};
  readonly policies: Record<string, { name: string; type: string }[]> = {};
  codeowners: object[] | undefined = [];
  /** runs of workflows, by the file of each: newest first */
  readonly runs: Record<string, { id: number; head_sha: string }[]> = {};
  /** who let a run into an environment */
  readonly reviewers: string[] = [];
  private next = 1;

  /** The user that the token writes as. */
  get author(): User {
    return this.login === undefined
      ? { login: "github-actions[bot]", type: "Bot" }
      : { login: this.login, type: "User" };
  }

  comment(body: string, user: User = this.author): Comment {
    const made = { id: this.next++, body, user };
    this.comments.push(made);
    return made;
  }

  readonly answer = (asked: Asked): Answer | undefined => {
    if (asked.token !== this.token) return problem(401, "Bad credentials");
    const { owner, repo } = asked.params;
    if (owner !== undefined && `${owner}/${repo}` !== "team/product")
      return problem(404, "Not Found");
    return this.answers[`${asked.method} ${asked.template}`]?.(asked);
  };

  private readonly answers: Readonly<Record<string, (asked: Asked) => Answer>> = {
    "get /user": () => {
      if (this.login === undefined) return problem(403, "Resource not accessible by integration");
      const name = "private-user-response-with-public-profile-information";
      return { status: 200, body: { ...example(name), login: this.login } };
    },
    "get /repos/{owner}/{repo}": () => ({
      status: 200,
      // The published examples are not all as the description says.
      body: { ...example("full-repository-default-response"), language: null, source: undefined },
    }),
    "get /repos/{owner}/{repo}/pulls/{pull_number}": ({ params }) => {
      if (Number(params.pull_number) !== this.pull.number) return problem(404, "Not Found");
      const pull = example<{ head: object }>("pull-request");
      const { state, head: sha, number } = this.pull;
      return {
        status: 200,
        body: { ...pull, number, state, head: { ...pull.head, sha }, requested_teams: [] },
      };
    },
    "get /repos/{owner}/{repo}/issues/{issue_number}/comments": ({ query }) => {
      const size = Number(query.get("per_page"));
      const from = (Number(query.get("page")) - 1) * size;
      return { status: 200, body: this.comments.slice(from, from + size).map(commentBody) };
    },
    "post /repos/{owner}/{repo}/issues/{issue_number}/comments": ({ body }) => {
      const text = String(body.body);
      if (Buffer.byteLength(text) > 65_535) return problem(422, "body is too long");
      return { status: 201, body: commentBody(this.comment(text)) };
    },
    "patch /repos/{owner}/{repo}/issues/comments/{comment_id}": ({ params, body }) => {
      const found = this.comments.find(({ id }) => id === Number(params.comment_id));
      if (!found) return problem(404, "Not Found");
      found.body = String(body.body);
      return { status: 200, body: commentBody(found) };
    },
    "delete /repos/{owner}/{repo}/issues/comments/{comment_id}": ({ params }) => {
      const index = this.comments.findIndex(({ id }) => id === Number(params.comment_id));
      if (index < 0) return problem(404, "Not Found");
      this.comments.splice(index, 1);
      return { status: 204 };
    },
    "post /repos/{owner}/{repo}/statuses/{sha}": ({ params, body }) => {
      if (!this.commits.includes(String(params.sha))) {
        return problem(422, `No commit found for SHA: ${params.sha}`);
      }
      if (String(body.description).length > 140) return problem(422, "description is too long");
      this.statuses.push({ ...body, sha: params.sha });
      return { status: 201, body: { ...example("status"), ...body } };
    },
    "post /repos/{owner}/{repo}/check-runs": ({ body }) => {
      if (!this.commits.includes(String(body.head_sha))) {
        return problem(422, `No commit found for SHA: ${body.head_sha}`);
      }
      const { annotations = [] } = body.output as { annotations?: unknown[] };
      this.checkRuns.push({ body, annotations: [annotations] });
      const made = example("check-run-example-of-completed-conclusion");
      return { status: 201, body: { ...made, id: this.checkRuns.length } };
    },
    "patch /repos/{owner}/{repo}/check-runs/{check_run_id}": ({ params, body }) => {
      const found = this.checkRuns[Number(params.check_run_id) - 1];
      if (!found) return problem(404, "Not Found");
      found.annotations.push((body.output as { annotations: unknown[] }).annotations);
      return { status: 200, body: example("check-run") };
    },
    "get /repos/{owner}/{repo}/rulesets": () => ({
      status: 200,
      body: this.rulesets.map(({ id, name }) => ({ ...rulesetDefaults, id, name })),
    }),
    "get /repos/{owner}/{repo}/rulesets/{ruleset_id}": ({ params }) => {
      const found = this.rulesets.find(({ id }) => id === Number(params.ruleset_id));
      return found
        ? { status: 200, body: { ...rulesetDefaults, ...found } }
        : problem(404, "Not Found");
    },
    "get /repos/{owner}/{repo}/environments/{environment_name}": ({ params }) => {
      const name = String(params.environment_name);
      const found = this.environments[name];
      if (!found) return problem(404, "Not Found");
      return { status: 200, body: { ...example("environment"), name, ...found } };
    },
    "get /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies": ({
      params,
    }) => {
      const policies = this.policies[String(params.environment_name)] ?? [];
      const body = policies.map((each, index) => ({ id: index + 1, node_id: `${index}`, ...each }));
      return { status: 200, body: { total_count: body.length, branch_policies: body } };
    },
    "get /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs": ({ params, query }) => {
      const all = this.runs[String(params.workflow_id)];
      if (!all) return problem(404, "Not Found");
      const [made] = example<{ workflow_runs: object[] }>("workflow-run-paginated").workflow_runs;
      const found = all.filter(({ head_sha }) => head_sha === query.get("head_sha"));
      const runs = found.map((each) => ({ ...made, ...each, event: query.get("event") }));
      return { status: 200, body: { total_count: runs.length, workflow_runs: runs } };
    },
    "get /repos/{owner}/{repo}/actions/runs/{run_id}/approvals": () => {
      const [made] = example<{ user: object }[]>("environment-approvals-items");
      const body = this.reviewers.map((login) => ({ ...made, user: { ...made?.user, login } }));
      return { status: 200, body };
    },
    "get /repos/{owner}/{repo}/codeowners/errors": () =>
      this.codeowners
        ? { status: 200, body: { errors: this.codeowners } }
        : problem(404, "Not Found"),
  };
}

export function problem(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { message, documentation_url: "https://docs.github.com/rest" }, headers };
}

const rulesetDefaults = {
  source: "team/product",
  source_type: "Repository",
  enforcement: "active",
};

function commentBody({ id, body, user }: Comment): object {
  const made = example<{ user: object }>("issue-comment");
  return { ...made, id, body, user: { ...made.user, ...user } };
}
