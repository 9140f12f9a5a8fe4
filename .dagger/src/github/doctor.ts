import type { Octokit } from "@octokit/core";
import { type GithubAccess, githubClient } from "./client.ts";
import { differences, sameMembers } from "./differences.ts";
import { refusal, statusOf } from "./refusal.ts";
import type { Environment, Rules, Ruleset } from "./rules.ts";
import { findRepository, repositoryName } from "./target.ts";

type Name = ReturnType<typeof repositoryName>;

/**
 * Compares a repository's settings on GitHub with the rules that it keeps.
 *
 * @returns a line for each rule that holds
 * @throws Error with a line for each rule, where any does not hold
 */
export async function githubDoctor(
  rules: Rules,
  repository: string,
  access: GithubAccess,
): Promise<string> {
  const name = repositoryName(repository);
  const github = githubClient(access);
  await findRepository(github, name, access.apiUrl);
  const looked: [string, Promise<string[]>][] = [
    ...rules.rulesets.map(
      (each) =>
        [`ruleset ${each.name}`, rulesetOf(github, name, each)] as [string, Promise<string[]>],
    ),
    ...Object.entries(rules.environments).map(
      ([each, wanted]) =>
        [`environment ${each}`, environmentOf(github, name, each, wanted)] as [
          string,
          Promise<string[]>,
        ],
    ),
    ["CODEOWNERS", codeowners(github, name)],
  ];
  const results = await Promise.all(
    looked.map(async ([what, work]) => {
      try {
        return { what, wrong: await work };
      } catch (error) {
        return { what, wrong: [refusal(error, access.apiUrl)] };
      }
    }),
  );
  const lines = results.flatMap(({ what, wrong }) =>
    wrong.length === 0 ? [`ok     ${what}`] : wrong.map((each) => `WRONG  ${what}: ${each}`),
  );
  const text = `${repository}\n${lines.join("\n")}\n`;
  if (results.some(({ wrong }) => wrong.length > 0)) throw new Error(text.trimEnd());
  return text;
}

async function rulesetOf(github: Octokit, { owner, repo }: Name, wanted: Ruleset) {
  const { data: all } = await github.request("GET /repos/{owner}/{repo}/rulesets", {
    ...{ owner, repo, per_page: 100 },
  });
  const found = all.find(({ name }) => name === wanted.name);
  if (!found) return ["the repository does not have it"];
  const { data: real } = await github.request("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
    ...{ owner, repo, ruleset_id: Number(found.id) },
  });
  const { bypass_actors: mayBypass, rules, ...rest } = wanted;
  const actors = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each));
  return [
    ...Object.keys(rest).flatMap((key) =>
      differences(rest[key], (real as Record<string, unknown>)[key], key),
    ),
    ...differences(rules, real.rules ?? [], "rules"),
    ...(real.bypass_actors === undefined
      ? [
          "who may bypass it is not shown to this token: it lacks the permission administration: write",
        ]
      : sameMembers(actors(mayBypass), actors(real.bypass_actors), "bypass_actors")),
  ];
}

async function environmentOf(
  github: Octokit,
  name: Name,
  environment: string,
  wanted: Environment,
) {
  const at = { ...name, environment_name: environment };
  const real = await github
    .request("GET /repos/{owner}/{repo}/environments/{environment_name}", at)
    .catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw error;
    });
  if (!real) return ["the repository does not have it"];
  const { protection_rules: rules = [], deployment_branch_policy: policy } = real.data;
  const [review] = rules.flatMap((rule) => ("reviewers" in rule ? [rule] : []));
  const reviewers = review?.reviewers ?? [];
  const named = (type: string, key: "slug" | "login") =>
    reviewers
      .filter((each) => each.type === type)
      .map(({ reviewer }) => String((reviewer as Record<string, unknown> | undefined)?.[key]));
  const wrong = [
    ...sameMembers(wanted.reviewers.teams, named("Team", "slug"), "reviewers.teams"),
    ...sameMembers(wanted.reviewers.users, named("User", "login"), "reviewers.users"),
  ];
  if (wanted.preventSelfReview && !review?.prevent_self_review) {
    wrong.push("who started a deployment can approve it");
  }
  if (!policy?.custom_branch_policies) {
    const which = policy?.protected_branches ? "every protected branch" : "any branch or tag";
    return [...wrong, `${which} may deploy to it`];
  }
  const { data } = await github.request(
    "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    { ...at, per_page: 100 },
  );
  const patterns = (tag: boolean) =>
    data.branch_policies
      .filter(({ type }) => (type === "tag") === tag)
      .map((each) => String(each.name));
  return [
    ...wrong,
    ...sameMembers(wanted.branches, patterns(false), "branches"),
    ...sameMembers(wanted.tags, patterns(true), "tags"),
  ];
}

async function codeowners(github: Octokit, { owner, repo }: Name): Promise<string[]> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/codeowners/errors", {
      ...{ owner, repo },
    });
    return data.errors.map(({ path, line, kind, source }) =>
      `${path}:${line} ${kind}: ${source ?? ""}`.trim(),
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return ["the default branch has no CODEOWNERS file"];
  }
}
