import { findingsOf, type ReportData, verdictOf } from "./finding.ts";

/** Most findings in a comment. */
const mostShown = 100;

const marks = {
  clean: "✅",
  findings: "❌",
  error: "💥",
  inconclusive: "❔",
  "not-run": "⏭️",
} as const;

/** Markdown for a pull request; text from tools cannot become mentions, links or markup. */
export function markdownReport(report: ReportData): string {
  const findings = findingsOf(report);
  const lines = [
    `## ${report.stage}: ${verdictOf(report)}`,
    "",
    "| | tool | on | findings | time | |",
    "|---|---|---|---:|---:|---|",
    ...report.runs.map((run) => {
      const counted = run.findings.filter((each) => !report.accepted.includes(each.fingerprint));
      const details = [
        run.tests ? `${run.tests.length} tests` : "",
        run.coverage === undefined ? "" : `${run.coverage.toFixed(1)} % covered`,
        run.reason ?? "",
      ].filter(Boolean);
      return `| ${marks[run.outcome]} | ${markdownText(run.tool)} ${markdownText(run.version)} | ${markdownText(run.target)} | ${counted.length} | ${run.duration.toFixed(1)} s | ${markdownText(details.join(", "))} |`;
    }),
  ];
  for (const { columns, rows, title } of report.runs.flatMap(({ tables = [] }) => tables)) {
    lines.push("", `| ${[title, ...columns.slice(1)].map(markdownText).join(" | ")} |`);
    lines.push(`|---|${"---:|".repeat(columns.length - 1)}`);
    lines.push(...rows.map((row) => `| ${row.map(markdownText).join(" | ")} |`));
  }
  if (findings.length > 0) {
    lines.push("", "| place | level | finding | rule |", "|---|---|---|---|");
    for (const finding of findings.slice(0, mostShown)) {
      const { path, line, column, level, message, tool, rule } = finding;
      lines.push(
        `| ${markdownCode(`${path}:${line}:${column}`)} | ${level} | ${markdownText(message)} | ${markdownText(`${tool} ${rule}`)} |`,
      );
    }
    if (findings.length > mostShown) {
      lines.push("", `… and ${findings.length - mostShown} more.`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Text that is nothing but text in a table, a list or a heading. */
export function markdownText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_{}[\]()#+!|<>~&]/g, (char) => `&#${char.codePointAt(0)};`)
    .replace(/@/g, "@\u200b") // no mention
    .replace(/:\/\//g, ":\u200b//"); // no link of its own
}

/** Text between backticks. */
export function markdownCode(text: string): string {
  const safe = text.replace(/\s+/g, " ").replace(/`/g, "'").replace(/\|/g, "\\|");
  return `\`${safe}\``;
}
