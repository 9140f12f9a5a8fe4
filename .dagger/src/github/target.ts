import type { Octokit } from "@octokit/core";
import { refusal, statusOf } from "./refusal.ts";

/** What a report is about. */
export interface StatusTarget {
  readonly owner: string;
  readonly repo: string;
  /** full SHA */
  readonly commit: string;
  /** undefined: a push without a pull request */
  readonly pullRequest: number | undefined;
  /** where the whole report is */
  readonly detailsUrl: string | undefined;
}

/** What to report about was not given as GitHub knows it; the message says how. */
export class TargetError extends Error {}

/** `OWNER/NAME` apart. */
export function repositoryName(repository: string): { owner: string; repo: string } {
  const [, owner, repo] = /^([A-Za-z0-9][A-Za-z0-9-]*)\/([A-Za-z0-9._-]+)$/.exec(repository) ?? [];
  if (!owner || !repo) {
    throw new TargetError(`repository ${JSON.stringify(repository)}: give it as OWNER/NAME`);
  }
  return { owner, repo };
}

export function checkedTarget(
  repository: string,
  commit: string,
  pullRequest: number,
  detailsUrl: string,
): StatusTarget {
  const { owner, repo } = repositoryName(repository);
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) {
    throw new TargetError(`commit ${JSON.stringify(commit)}: give the full SHA, in lower case`);
  }
  if (!Number.isInteger(pullRequest) || pullRequest < 0) {
    throw new TargetError(`pull request ${pullRequest}: give its number, or 0 for none`);
  }
  if (detailsUrl !== "" && !/^https?:\/\/[^\s()<>"'`\\]+$/.test(detailsUrl)) {
    throw new TargetError(
      `details URL ${JSON.stringify(detailsUrl)}: give an http or https address`,
    );
  }
  return {
    owner,
    repo,
    commit,
    pullRequest: pullRequest === 0 ? undefined : pullRequest,
    detailsUrl: detailsUrl === "" ? undefined : detailsUrl,
  };
}

export interface PullRequest {
  readonly number: number;
  readonly open: boolean;
  /** SHA that the branch is at now */
  readonly head: string;
}

/**
 * Asks for the repository and the pull request, so that a wrong one is said by its name.
 *
 * @throws TargetError
 */
export async function findPullRequest(
  github: Octokit,
  { owner, repo, pullRequest }: StatusTarget,
  apiUrl: string,
): Promise<PullRequest | undefined> {
  await findRepository(github, { owner, repo }, apiUrl);
  if (pullRequest === undefined) return undefined;
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...{ owner, repo, pull_number: pullRequest },
    });
    return { number: pullRequest, open: data.state === "open", head: data.head.sha };
  } catch (error) {
    const why =
      statusOf(error) === 404
        ? "there is no such pull request, or the token may not read pull requests"
        : refusal(error, apiUrl);
    throw new TargetError(`pull request ${pullRequest} of ${owner}/${repo}: ${why}`);
  }
}

/** @throws TargetError */
export async function findRepository(
  github: Octokit,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  apiUrl: string,
): Promise<{ readonly defaultBranch: string }> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}", { owner, repo });
    return { defaultBranch: data.default_branch };
  } catch (error) {
    const why =
      statusOf(error) === 404
        ? "there is no such repository, or the token may not see it"
        : refusal(error, apiUrl);
    throw new TargetError(`repository ${owner}/${repo}: ${why}`);
  }
}
