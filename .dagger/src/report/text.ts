import {
  acceptedOf,
  type Finding,
  findingsOf,
  type ReportData,
  type Table,
  type ToolRun,
  verdictOf,
} from "./finding.ts";
import { type Skipped, skippedOf } from "./skipped.ts";

/** Most findings that a terminal is given. */
const mostShown = 50;

/** What a report without any runs says in their place. */
const nothing = "there is no Python component, Terraform or Dockerfile here: nothing was looked at";

const words = {
  clean: "ok",
  findings: "found",
  error: "ERROR",
  inconclusive: "INCONCLUSIVE",
  "not-run": "not run",
  skipped: "skipped",
} as const;

/** The summary for a terminal: a line for each tool, then the findings, the worst first. */
export function textReport(report: ReportData): string {
  const findings = findingsOf(report);
  const shown = findings.slice(0, mostShown).map(findingLine);
  const more = findings.length - shown.length;
  if (more > 0) shown.push(`… and ${more} more (see the report's files)`);
  const problems = report.runs
    .filter(({ outcome }) => outcome === "error" || outcome === "inconclusive")
    .map(problem);
  const hidden = acceptedOf(report).length;
  const baseline = hidden > 0 ? `, ${hidden} accepted by the baseline` : "";
  const head = `${report.stage}: ${verdictOf(report)} (${count(findings.length, "finding")}${baseline})`;
  if (report.runs.length === 0) return `${head}\n  ${nothing}`;
  const ran = report.runs.filter(({ outcome }) => outcome !== "skipped");
  return [
    head,
    ...(report.scope === undefined ? [] : [`  ${printable(report.scope)}`]),
    ...(report.runs.length > 0 ? toolsTable(ran, report.accepted) : [`  ${nothing}`]),
    ...report.runs.flatMap(({ tables = [] }) => tables.flatMap((each) => section(measured(each)))),
    ...section(skippedOf(report.runs).map(skippedLine)),
    ...section(problems),
    ...section(shown),
  ].join("\n");
}

function section(lines: readonly string[]): string[] {
  return lines.length > 0 ? ["", ...lines] : [];
}

function toolsTable(runs: readonly ToolRun[], accepted: readonly string[]): string[] {
  const rows = runs.map((run) => {
    const counted = run.findings.filter(({ fingerprint }) => !accepted.includes(fingerprint));
    const outcome = run.outcome === "findings" && counted.length === 0 ? "clean" : run.outcome;
    return [
      run.tool,
      run.target,
      words[outcome],
      counted.length > 0 ? count(counted.length, "finding") : "",
      `${run.duration.toFixed(1)} s`,
      details(run),
    ];
  });
  return aligned(rows);
}

/** Numbers stand below each other: all columns but the first end at the right. */
function measured({ title, columns, rows }: Table): string[] {
  const lines = [[title, ...columns.slice(1)], ...rows.map((row) => row.map(printable))];
  return aligned(lines, "right");
}

function aligned(rows: readonly (readonly string[])[], side: "left" | "right" = "left"): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return side === "right" && column > 0 ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => `  ${row.map(pad).join("  ")}`.trimEnd());
}

function details(run: ToolRun): string {
  const parts: string[] = [];
  if (run.tests) parts.push(count(run.tests.length, "test"));
  if (run.coverage !== undefined) parts.push(`${run.coverage.toFixed(1)} % covered`);
  if (run.outcome === "not-run" && run.reason) parts.push(run.reason);
  return parts.join(", ");
}

function skippedLine({ reason, tools, targets }: Skipped): string {
  return printable(`skipped, ${reason}: ${tools.join(", ")} on ${targets.join(", ")}`);
}

function problem(run: ToolRun): string {
  const log = run.log.trim() === "" ? "" : `\n${run.log.trimEnd().replace(/^/gm, "    ")}`;
  return `${words[run.outcome]} ${run.tool} on ${run.target}: ${run.reason ?? `exit code ${run.exitCode}`}${log}`;
}

function findingLine(finding: Finding): string {
  const { path, line, column, level, message, tool, rule } = finding;
  const text = printable(message.replace(/\s+/g, " ").trim());
  return `${printable(path)}:${line}:${column} ${level} ${text} [${tool} ${rule}]`;
}

/** Text on one line that a terminal shows as it is, whatever characters it has. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
