import {
  type Finding,
  findingsOf,
  type ReportData,
  type Table,
  type ToolRun,
  verdictOf,
} from "./finding.ts";
import { type Skipped, skippedOf } from "./skipped.ts";

/** Most findings in a comment. */
const mostShown = 100;

/** Bytes: what GitHub takes as the body of a comment and as the summary of a check run. */
const mostBytes = 65_535;

/** Characters of one piece of a tool's text. */
const longest = 500;

const marks = {
  clean: "✅",
  findings: "❌",
  error: "💥",
  inconclusive: "❔",
  "not-run": "⏭️",
  skipped: "⏭️",
} as const;

export interface MarkdownOptions {
  /** a line before the report */
  readonly before?: string;
  /** a line after it */
  readonly after?: string;
}

/**
 * Markdown for a pull request, as long as GitHub takes it; what does not fit is counted. Text from
 * tools is shown as code, so that nothing in it becomes a mention, a link, a reference or markup.
 */
export function markdownReport(
  report: ReportData,
  { before, after }: MarkdownOptions = {},
): string {
  const head = [
    ...(before === undefined ? [] : [before]),
    `## ${report.stage}: ${verdictOf(report)}`,
    "",
    ...(report.scope === undefined ? [] : [code(report.scope), ""]),
    "| | tool | on | findings | time | |",
    "|---|---|---|---:|---:|---|",
  ].join("\n");
  const foot = after === undefined ? "" : `\n\n${after}`;
  // Room for the lines that say what was left out, whether they are needed or not.
  let left = mostBytes - Buffer.byteLength(head + foot) - 200;
  const fitting = (blocks: readonly string[]) =>
    blocks.filter((block) => {
      left -= Buffer.byteLength(block) + 2;
      return left >= 0;
    });

  const findings = findingsOf(report);
  const items = findings.slice(0, mostShown).map(item);
  const ran = report.runs.filter(({ outcome }) => outcome !== "skipped");
  const rows = ran.map((run) => row(run, report.accepted));
  const skipped = skippedOf(report.runs).map(skippedLine);
  const tables = report.runs.flatMap((run) => run.tables ?? []).map(table);
  const [shownRows, shownTables] = [fitting(rows), fitting(tables)];
  const [shownSkipped, shown] = [fitting(skipped), fitting(items)];
  const parts = [
    [head, ...shownRows].join("\n"),
    more(rows.length - shownRows.length, "more runs"),
    ...shownSkipped,
    more(skipped.length - shownSkipped.length, "more that were skipped"),
    ...shownTables,
    more(tables.length - shownTables.length, "more tables"),
    shown.join("\n"),
    more(findings.length - shown.length, "more"),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}${foot}\n`;
}

function more(count: number, what: string): string {
  return count > 0 ? `… and ${count} ${what}.` : "";
}

function skippedLine({ reason, tools, targets }: Skipped): string {
  const list = (names: readonly string[]) => names.map(code).join(", ");
  return `${marks.skipped} skipped, ${code(reason)}: ${list(tools)} on ${list(targets)}`;
}

function row(run: ToolRun, accepted: readonly string[]): string {
  const counted = run.findings.filter((each) => !accepted.includes(each.fingerprint));
  const outcome = run.outcome === "findings" && counted.length === 0 ? "clean" : run.outcome;
  const details = [
    run.tests ? `${run.tests.length} tests` : "",
    run.coverage === undefined ? "" : `${run.coverage.toFixed(1)} % covered`,
    run.reason ? cell(run.reason) : "",
  ].filter(Boolean);
  const tool = cell(`${run.tool} ${run.version}`);
  return `| ${marks[outcome]} | ${tool} | ${cell(run.target)} | ${counted.length} | ${run.duration.toFixed(1)} s | ${details.join(", ")} |`;
}

function table({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  const alignment = `|---|${"---:|".repeat(columns.length - 1)}`;
  return [line([title, ...columns.slice(1)]), alignment, ...rows.map(line)].join("\n");
}

function item({ path, line, column, level, message, tool, rule }: Finding): string {
  return `- ${code(`${path}:${line}:${column}`)} ${level} ${code(message)} ${code(`${tool} ${rule}`)}`;
}

function cell(text: string): string {
  const measured = /^-?\d[\d.,]{0,11} ?(?:%|[a-zA-Z]{1,3}(?:\/s)?)?$/u.test(text);
  return measured ? text : markdownCode(text);
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

/**
 * A code span that may stand in a table, where a bar ends the cell, in code too, and a backslash
 * before it makes it worse.
 */
export function markdownCode(text: string): string {
  return code(text.replace(/\|/gu, "¦"));
}

/** Text as a code span: GitHub shows it as it is, whatever it holds. */
export function code(text: string): string {
  const one = text.replace(/\s+/gu, " ").trim();
  const cut = one.length > longest ? `${one.slice(0, longest)}…` : one;
  const shown = cut.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, escaped) || "-";
  const runs = shown.match(/`+/gu) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1);
  const room = runs.length > 0 ? " " : "";
  return `${fence}${room}${shown}${room}${fence}`;
}

/** What cannot be seen, or changes how its neighbours are seen, by its number. */
function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16)}}`;
}
