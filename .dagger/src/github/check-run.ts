import type { Octokit } from "@octokit/core";
import { type Finding, findingsOf, type ReportData, verdictOf } from "../report/finding.ts";
import type { StatusTarget } from "./target.ts";

/** Most annotations that one request takes. */
const page = 50;
/** Most findings that are shown on the diff: the worst. */
const mostShown = 500;

/** Makes a check run with the findings as annotations, in as many requests as they need. */
export async function putCheckRun(
  github: Octokit,
  { owner, repo, commit, detailsUrl }: StatusTarget,
  report: ReportData,
  summary: string,
): Promise<string> {
  const verdict = verdictOf(report);
  const findings = findingsOf(report);
  const title = `${verdict}: ${findings.length} finding${findings.length === 1 ? "" : "s"}`;
  const annotations = findings.slice(0, mostShown).map(annotation);
  const output = (from: number) => ({
    title,
    summary,
    annotations: annotations.slice(from, from + page),
  });
  // Finished at once: if a later page fails, the verdict stands.
  const { data } = await github.request("POST /repos/{owner}/{repo}/check-runs", {
    owner,
    repo,
    name: `kitchen report: ${report.stage}`,
    head_sha: commit,
    status: "completed",
    conclusion: verdict === "passed" ? "success" : "failure",
    output: output(0),
    ...(detailsUrl === undefined ? {} : { details_url: detailsUrl }),
  });
  for (let from = page; from < annotations.length; from += page) {
    await github.request("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
      ...{ owner, repo, check_run_id: data.id, output: output(from) },
    });
  }
  const count = `${annotations.length} annotation${annotations.length === 1 ? "" : "s"}`;
  const left = findings.length - annotations.length;
  const more = left > 0 ? `, ${left} more in the report` : "";
  return `${verdict}, ${count}${more} ${data.html_url ?? ""}`.trimEnd();
}

const levels = { error: "failure", warning: "warning", note: "notice" } as const;

function annotation({ path, line, endLine, level, message, tool, rule }: Finding) {
  return {
    path: path || ".",
    start_line: line,
    end_line: Math.max(line, endLine ?? line),
    annotation_level: levels[level],
    title: `${tool} ${rule}`.slice(0, 255),
    // 64 KB at most, in whatever alphabet.
    message: message.slice(0, 16_000) || rule,
  };
}
