import type { Octokit } from "@octokit/core";
import { findingsOf, type ReportData, verdictOf } from "../report/finding.ts";
import type { StatusTarget } from "./target.ts";

const states = {
  passed: "success",
  failed: "failure",
  error: "error",
  inconclusive: "error",
  "not-run": "error",
} as const;

/** Sets the commit's status, which branch rules can ask for. */
export async function putCommitStatus(
  github: Octokit,
  { owner, repo, commit, detailsUrl }: StatusTarget,
  report: ReportData,
): Promise<string> {
  const verdict = verdictOf(report);
  const tools = new Set(report.runs.map(({ tool }) => tool)).size;
  const findings = findingsOf(report).length;
  await github.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    owner,
    repo,
    sha: commit,
    state: states[verdict],
    context: `kitchen/${report.stage}`,
    description: `${verdict}: ${findings} findings of ${tools} tools`,
    ...(detailsUrl === undefined ? {} : { target_url: detailsUrl }),
  });
  return states[verdict];
}
