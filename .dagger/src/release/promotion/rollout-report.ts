import type { Chart, RawFinding, ReportData, ToolRun } from "../../report/finding.ts";
import { withFingerprints } from "../../report/fingerprint.ts";
import { type Entry, isOver, type Rollout, type Seen } from "../rollout/rollout.ts";

/** A rollout as a report: a finding when it went back, a line for each thing that happened, curves. */
export function rolloutReport(environment: string, rollout: Rollout): ReportData {
  const { log, release, failure, started, phase, kind } = rollout;
  const begin = new Date(started).getTime();
  const seconds = (at: string) => (new Date(at).getTime() - begin) / 1000;
  const findings = failure === null || kind === "return" ? [] : [finding(release, failure)];
  const run: ToolRun = {
    tool: kind,
    version: "",
    target: environment,
    outcome: findings.length > 0 ? "findings" : isOver(rollout) ? "clean" : "inconclusive",
    exitCode: null,
    duration: seconds(log.at(-1)?.at ?? started),
    ...(isOver(rollout) ? {} : { reason: `it is ${phase}: nothing is decided yet` }),
    log: "",
    findings: withFingerprints(findings, () => undefined),
    tables: [
      {
        title: "Timeline",
        columns: ["when", "phase", "weight", "requests", "errors", "p95", "what"],
        rows: log.map((entry) => row(entry)),
      },
    ],
    charts: charts(rollout, seconds),
  };
  return { stage: "rollout", accepted: [], runs: [run] };
}

/** The first release of an environment gets all traffic at once, and a dry run moves none. */
export function noRolloutReport(environment: string): ReportData {
  const run: ToolRun = {
    ...{ tool: "rollout", version: "", target: environment, outcome: "not-run" },
    ...{ exitCode: null, duration: 0, log: "", findings: [] },
    reason: "no rollout is remembered: nothing was brought by steps yet",
  };
  return { stage: "rollout", accepted: [], runs: [run] };
}

/** There is no file that it is about: the one that has the limits stands for it. */
function finding(release: string, failure: string): RawFinding {
  const place = { path: "kitchen.yaml", line: 1, column: 1 };
  const message = `${release} went back: ${failure}`;
  return { tool: "rollout", rule: "reverted", level: "error", message, ...place };
}

function row({ at, phase, weight, words, look }: Entry): string[] {
  const pair = (of: (seen: Seen) => string) => (look ? `${of(look.now)} (${of(look.old)})` : "");
  return [
    ...[at, phase, `${weight} %`],
    pair(({ requests }) => `${requests}`),
    pair(({ errors }) => `${errors}`),
    pair(({ latency }) => milliseconds(latency.p95)),
    words,
  ];
}

function milliseconds(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? "–" : `${Math.round(seconds * 1000)} ms`;
}

function charts({ log, settings }: Rollout, seconds: (at: string) => number): Chart[] {
  const looks = log.flatMap(({ at, look }) => (look ? [{ at: seconds(at), look }] : []));
  if (looks.length === 0) return [];
  const curve = (name: string, of: (look: NonNullable<Entry["look"]>) => number | undefined) => ({
    name,
    points: looks.flatMap(({ at, look }) => {
      const value = of(look);
      return value === undefined ? [] : [[at, value] as const];
    }),
  });
  const rate = ({ requests, errors }: Seen) =>
    requests === 0 ? undefined : (errors / requests) * 100;
  const latency = (seen: Seen, which: string) => {
    const value = seen.latency[which];
    return value === null || value === undefined ? undefined : value * 1000;
  };
  const { limits } = settings;
  return [
    {
      title: "Weight of the new version",
      unit: "%",
      curves: [
        { name: "weight", points: log.map(({ at, weight }) => [seconds(at), weight] as const) },
      ],
    },
    {
      title: "Errors",
      unit: "% of the requests of a look",
      curves: [curve("new", ({ now }) => rate(now)), curve("old", ({ old }) => rate(old))],
      limit: { name: "errorRate", value: limits.errorRate },
    },
    ...["p50", "p95", "p99"].map((which) => ({
      title: `Latency ${which}`,
      unit: "ms, upper bound of its bucket",
      curves: [
        curve("new", ({ now }) => latency(now, which)),
        curve("old", ({ old }) => latency(old, which)),
      ],
      ...(which === `p${limits.percentile}`
        ? { limit: { name: "latency", value: limits.latency * 1000 } }
        : {}),
    })),
  ];
}
