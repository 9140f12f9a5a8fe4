/** What a tool found at one place. */
export interface Finding {
  readonly tool: string;
  readonly rule: string;
  readonly level: Level;
  readonly message: string;
  /** relative to the repository's root */
  readonly path: string;
  /** counted from 1; 1 when the tool names no line */
  readonly line: number;
  /** counted from 1 */
  readonly column: number;
  readonly endLine?: number;
  readonly helpUrl?: string;
  /** the same for as long as the finding is the same, wherever its line moves */
  readonly fingerprint: string;
}

export type Level = "error" | "warning" | "note";

/** A finding as a tool's parser gives it: the fingerprint comes from the text of its line. */
export type RawFinding = Omit<Finding, "fingerprint">;

/** How one tool fared on one part of the repository. */
export interface ToolRun {
  readonly tool: string;
  readonly version: string;
  /** what it looked at: a component's name, or a folder */
  readonly target: string;
  readonly outcome: "clean" | "findings" | "error" | "inconclusive" | "not-run" | "skipped";
  readonly exitCode: number | null;
  /** seconds */
  readonly duration: number;
  /** why it could not do its work, says nothing, or was not run */
  readonly reason?: string;
  /** the end of what it wrote */
  readonly log: string;
  readonly findings: readonly Finding[];
  /** tests, where the tool runs tests */
  readonly tests?: readonly TestCase[];
  /** percent */
  readonly coverage?: number;
  /** what it measured */
  readonly tables?: readonly Table[];
  readonly charts?: readonly Chart[];
}

/** Numbers, ready to be shown. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Curves over time. */
export interface Chart {
  readonly title: string;
  /** of the values, as shown to people */
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** seconds at the start that are shown and do not count */
  readonly warmUp?: number;
  /** a value that should not be crossed */
  readonly limit?: { readonly name: string; readonly value: number };
}

export interface Curve {
  readonly name: string;
  /** seconds since the start, and the value then */
  readonly points: readonly (readonly [number, number])[];
}

export interface TestCase {
  readonly suite: string;
  readonly name: string;
  /** seconds */
  readonly duration: number;
  readonly outcome: "passed" | "failed" | "error" | "skipped";
  readonly detail?: string;
}

/**
 * `failed`: a tool found something. `error`: a tool could not do its work, which is never clean.
 * `inconclusive`: a tool did its work, and what it measured says nothing about what was asked.
 * `not-run`: there was work, and no tool could be asked to do any of it.
 */
export type Verdict = "passed" | "failed" | "error" | "inconclusive" | "not-run";

/** Everything that a stage found out. */
export interface ReportData {
  readonly stage: string;
  /** full SHA that it is of, where the caller said so */
  readonly commit?: string;
  /** to what it was limited, in words */
  readonly scope?: string;
  readonly runs: readonly ToolRun[];
  /** fingerprints that the baseline accepts */
  readonly accepted: readonly string[];
}

/** Findings that the baseline accepts. */
export function acceptedOf({ runs, accepted }: ReportData): Finding[] {
  return distinct(runs).filter(({ fingerprint }) => accepted.includes(fingerprint));
}

/** Findings of all runs, once each: two runs may look at the same file. */
function distinct(runs: readonly ToolRun[]): Finding[] {
  const findings = runs.flatMap((run) => run.findings);
  return [...new Map(findings.map((finding) => [finding.fingerprint, finding])).values()];
}

/** Findings that count: those that the baseline does not accept, the worst first. */
export function findingsOf({ runs, accepted }: ReportData): Finding[] {
  const rank: Record<Level, number> = { error: 0, warning: 1, note: 2 };
  return distinct(runs)
    .filter(({ fingerprint }) => !accepted.includes(fingerprint))
    .sort(
      (one, other) =>
        rank[one.level] - rank[other.level] ||
        compare(one.path, other.path) ||
        one.line - other.line ||
        one.column - other.column ||
        compare(one.rule, other.rule),
    );
}

/**
 * An error outweighs findings: what could not be looked at may hold anything. So does a measurement
 * that says nothing: what it shows as a fault may be its own.
 */
export function verdictOf(report: ReportData): Verdict {
  if (report.runs.some(({ outcome }) => outcome === "error")) return "error";
  if (report.runs.some(({ outcome }) => outcome === "inconclusive")) return "inconclusive";
  if (findingsOf(report).length > 0) return "failed";
  const asked = report.runs.some(({ outcome }) => outcome !== "not-run" && outcome !== "skipped");
  return asked || report.runs.length === 0 ? "passed" : "not-run";
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
