import { messageOf } from "../message-of.ts";
import {
  findingsOf,
  type ReportData,
  type Table,
  type ToolRun,
  type Verdict,
  verdictOf,
} from "../report/finding.ts";

/** Does the stages of a delivery one by one; after one that did not pass nothing more is done. */
export interface Stages {
  /** makes or changes something; a thrown Error says why it could not */
  act<T>(name: string, work: () => Promise<Made<T>>): Promise<T>;
  /** asks whether something holds */
  test(name: string, work: () => Promise<ReportData>): Promise<void>;
  /** there is nothing to do, and the reason is shown */
  skip(name: string, reason: string): void;
}

export interface Made<T> {
  readonly made: T;
  /** what was made, for people */
  readonly table: Table;
}

export interface Staged {
  /** a run for each stage */
  readonly runs: ToolRun[];
  /** nothing failed, and what was not run had nothing to do */
  readonly passed: boolean;
}

/**
 * Does stages until one does not pass; those after it are there as not run.
 *
 * @param names all stages, in their order
 * @param target what they are done to, for people
 * @param now seconds, from whatever beginning
 */
export async function runStages(
  names: readonly string[],
  target: string,
  now: () => number,
  work: (stages: Stages) => Promise<void>,
): Promise<Staged> {
  const runs: ToolRun[] = [];
  const record = (name: string, since: number, fared: Fared) => {
    runs.push({ ...empty(name, target), duration: now() - since, ...fared });
  };
  const broke = (name: string, since: number, error: unknown): never => {
    record(name, since, { outcome: "error", reason: messageOf(error) });
    throw new Stopped();
  };
  const stages: Stages = {
    async act(name, attempt) {
      const since = now();
      const { made, table } = await attempt().catch((error) => broke(name, since, error));
      record(name, since, { outcome: "clean", tables: [table] });
      return made;
    },
    async test(name, attempt) {
      const since = now();
      const fared = together(await attempt().catch((error) => broke(name, since, error)));
      record(name, since, fared);
      if (fared.outcome !== "clean") throw new Stopped();
    },
    skip: (name, reason) => record(name, now(), { outcome: "not-run", reason, duration: 0 }),
  };
  try {
    await work(stages);
    return { runs, passed: true };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const reason = `${runs.at(-1)?.tool} did not pass`;
    const left = names.slice(runs.length).map((name): ToolRun => {
      return { ...empty(name, target), outcome: "not-run", reason };
    });
    return { runs: [...runs, ...left], passed: false };
  }
}

type Fared = Pick<ToolRun, "outcome"> & Partial<ToolRun>;

/** What is being done has ended with the stage that was recorded last. */
class Stopped extends Error {}

const outcomes: Readonly<Record<Verdict, ToolRun["outcome"]>> = {
  passed: "clean",
  failed: "findings",
  error: "error",
  inconclusive: "inconclusive",
  "not-run": "not-run",
};

/** The runs of a report as one. */
function together(report: ReportData): Fared {
  const { runs } = report;
  const outcome = outcomes[verdictOf(report)];
  const bad = runs.filter((run) => run.outcome !== "clean");
  const reasons = bad.flatMap(({ tool, target, reason }) =>
    reason === undefined ? [] : [`${tool} on ${target}: ${reason}`],
  );
  const logs = bad.filter(({ log }) => log !== "").map(({ tool, log }) => `== ${tool}\n${log}`);
  return {
    outcome,
    findings: findingsOf(report),
    log: logs.join("\n"),
    tests: runs.flatMap(({ tests = [] }) => tests),
    tables: runs.flatMap(({ tables = [] }) => tables),
    charts: runs.flatMap(({ charts = [] }) => charts),
    ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}),
  };
}

function empty(tool: string, target: string): Omit<ToolRun, "outcome"> {
  return { tool, version: "", target, exitCode: null, duration: 0, findings: [], log: "" };
}
