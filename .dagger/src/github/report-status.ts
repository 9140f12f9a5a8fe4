import type { ReportData } from "../report/finding.ts";
import { code, markdownReport } from "../report/markdown.ts";
import { putCheckRun } from "./check-run.ts";
import { type GithubAccess, githubClient } from "./client.ts";
import { marker, putComment } from "./comment.ts";
import { putCommitStatus } from "./commit-status.ts";
import { refusal } from "./refusal.ts";
import { findPullRequest, type StatusTarget, TargetError } from "./target.ts";

/** What was put where: `comment`, `check run` and `commit status`, as far as they were asked for. */
export interface Put {
  readonly what: "comment" | "check run" | "commit status";
  readonly done: boolean;
  /** what was done, or why it was not */
  readonly words: string;
}

/**
 * Shows a report on GitHub. One thing that GitHub refuses does not keep the others from being done.
 *
 * @throws Error with a line for each, when any of them could not be done
 */
export async function reportStatus(
  report: ReportData,
  target: StatusTarget,
  access: GithubAccess,
): Promise<Put[]> {
  checkCommit(report, target);
  const github = githubClient(access);
  const pull = await findPullRequest(github, target, access.apiUrl);
  const text = markdown(report, target);
  const puts: Put[] = [];
  const put = async (what: Put["what"], work: () => Promise<string>) => {
    try {
      puts.push({ what, done: true, words: await work() });
    } catch (error) {
      puts.push({ what, done: false, words: refusal(error, access.apiUrl) });
    }
  };
  await put("commit status", () => putCommitStatus(github, target, report));
  await put("check run", () => putCheckRun(github, target, report, text));
  if (pull) {
    await put("comment", () => putComment(github, target, pull, report.stage, text));
  }
  if (puts.some(({ done }) => !done)) throw new Error(putLines(puts).trimEnd());
  return puts;
}

export function putLines(puts: readonly Put[]): string {
  return puts
    .map(({ what, done, words }) => `${what}: ${done ? "" : "FAILED: "}${words}\n`)
    .join("");
}

/** A verdict that belongs to something else must not be put on a commit. */
function checkCommit({ commit }: ReportData, target: StatusTarget): void {
  if (commit === target.commit) return;
  const made = `make it with \`call reports --commit ${target.commit} … json\``;
  throw new TargetError(
    commit === undefined
      ? `the report does not say of which commit it is: ${made}`
      : `the report is of commit ${commit}, not of ${target.commit}: ${made}`,
  );
}

function markdown(report: ReportData, { commit, detailsUrl }: StatusTarget): string {
  const link = detailsUrl === undefined ? "" : ` · [the whole report](${detailsUrl})`;
  const before = marker(report.stage);
  return markdownReport(report, { before, after: `${code(commit.slice(0, 12))}${link}` });
}
