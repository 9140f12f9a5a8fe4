import type { Octokit } from "@octokit/core";
import { statusOf } from "./refusal.ts";
import type { PullRequest, StatusTarget } from "./target.ts";

/** A comment that cannot be seen in it, and by which it is found again. */
export function marker(stage: string): string {
  return `<!-- kitchen report: ${stage} -->`;
}

interface Comment {
  readonly id: number | bigint;
  readonly url: string;
}

/**
 * Puts a report on a pull request: one comment, changed in place. A newer commit's report is left
 * alone, and so is a pull request that is closed.
 *
 * @param body Markdown that begins with the marker
 */
export async function putComment(
  github: Octokit,
  { owner, repo, commit }: StatusTarget,
  pull: PullRequest,
  stage: string,
  body: string,
): Promise<string> {
  if (!pull.open) return `left alone: pull request ${pull.number} is closed`;
  if (pull.head !== commit) {
    return `left alone: pull request ${pull.number} is at ${pull.head.slice(0, 12)} now, its report comes from there`;
  }
  const [first, ...others] = await ownComments(github, { owner, repo }, pull.number, marker(stage));
  // Two runs at once may both have found none.
  for (const { id } of others) {
    await unlessGone(() =>
      github.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...{ owner, repo, comment_id: id },
      }),
    );
  }
  const updated = first
    ? await unlessGone(() =>
        github.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
          ...{ owner, repo, comment_id: first.id, body },
        }),
      )
    : undefined;
  if (updated) return `updated ${updated.data.html_url}`;
  const created = await github.request(
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    { owner, repo, issue_number: pull.number, body },
  );
  return `created ${created.data.html_url}`;
}

/** Somebody may have deleted it since it was listed. */
async function unlessGone<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 410) return undefined;
    throw error;
  }
}

/** Anybody can write the marker: a comment is ours only when its author is who we are. */
async function ownComments(
  github: Octokit,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  number: number,
  mark: string,
): Promise<Comment[]> {
  const login = await whoWeAre(github);
  const found: Comment[] = [];
  for (let page = 1; ; page++) {
    const { data } = await github.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { owner, repo, issue_number: number, per_page: 100, page },
    );
    for (const { id, body, html_url: url, user } of data) {
      const ours = login === undefined ? user?.type === "Bot" : user?.login === login;
      if (ours && body?.startsWith(mark)) found.push({ id, url });
    }
    if (data.length < 100) return found;
  }
}

/** The user whose token it is; a workflow's token is an app's, which GitHub does not tell about. */
async function whoWeAre(github: Octokit): Promise<string | undefined> {
  try {
    return (await github.request("GET /user")).data.login;
  } catch (error) {
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
}
