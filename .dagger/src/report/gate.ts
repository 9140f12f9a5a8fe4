import type { Report } from "./report.ts";

/**
 * A gate is its report and a verdict: the summary when it passed, and the same summary as an error
 * when it did not.
 */
export function gate(report: Report): string {
  const summary = report.summary();
  if (report.verdict() === "passed") return summary;
  throw new Error(summary.trimEnd());
}
