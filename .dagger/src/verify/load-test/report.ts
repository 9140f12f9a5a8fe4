import { nearest } from "../../did-you-mean.ts";
import type { Chart, Finding, Table, TestCase, ToolRun } from "../../report/finding.ts";
import type { Threshold } from "../../threshold.ts";
import { shown } from "./compare.ts";
import { type Evidence, seriesOf } from "./evidence.ts";

/** Percent of a core above which a process that makes load is a bottleneck itself. */
const busiest = 90;

/** What the measurements mean: outcome, findings, tables and plots. */
export function measured(
  evidence: Evidence,
  thresholds: readonly Threshold[],
  worse: readonly string[],
  place: { readonly path: string },
): Pick<ToolRun, "outcome" | "findings" | "tests" | "tables" | "charts"> & { reason?: string } {
  const findings = [
    ...evidence.thresholds
      .filter(({ met, observed }) => !met && observed !== null)
      .map((each) =>
        finding(
          "failed",
          `${each.text}: ${observedText(each, thresholds)}${early(each.text)}`,
          each.text,
        ),
      ),
    ...worse.map((message) => finding("regression", message, message)),
  ];
  const shared = {
    findings,
    tests: evidence.thresholds.map((each) => testOf(each, thresholds, evidence.elapsed)),
    tables: tablesOf(evidence, thresholds),
    charts: chartsOf(evidence, thresholds),
  };
  const problem = problemOf(evidence);
  if (problem) return { ...shared, outcome: "error", reason: problem };
  const doubt = doubtOf(evidence);
  if (doubt) return { ...shared, outcome: "inconclusive", reason: doubt };
  return { ...shared, outcome: findings.length > 0 ? "findings" : "clean" };

  function early(text: string): string {
    return evidence.hopeless === text
      ? `; ended after ${shown(evidence.elapsed)} s, when it could not be met any more`
      : "";
  }

  function finding(rule: string, message: string, identity: string): Finding {
    return {
      tool: "locust",
      rule,
      level: "error",
      message,
      path: place.path,
      line: 1,
      column: 1,
      fingerprint: `${rule}:${identity}`,
    };
  }
}

/** Why nothing can be said about the target at all. */
function problemOf({ all, endpoints, raised, thresholds, elapsed }: Evidence): string | undefined {
  const exceptions = Object.entries(raised).map(([what, count]) => `${what} (${count} times)`);
  if (exceptions.length > 0) return `tasks of the locustfile raised ${exceptions.join(", ")}`;
  if (all.requests === 0) return `no request was made in the ${shown(elapsed)} s that count`;
  const unseen = thresholds.find(({ observed }) => observed === null);
  if (!unseen) return undefined;
  const name = unseen.text.replace(/^.*? on /, "");
  const names = endpoints.map(({ endpoint }) => endpoint);
  const near = nearest(name, names);
  const hint = near ? `did you mean ${near}?` : `there were ${names.join(", ")}`;
  return `${unseen.text}: no request was named ${name} (${hint})`;
}

/** Why the measurements may be the load generator's own fault. */
function doubtOf({ generator, users }: Evidence): string | undefined {
  const { dropped, due, processor, processes } = generator;
  if (processor > busiest) {
    return `the load generator was the bottleneck: a process used ${processor} % of a core: give more processes or workers (${processes} now)`;
  }
  if (dropped > 0) {
    return `the load generator was the bottleneck: ${dropped} of ${due} arrivals found no user free: give more users (${users} now), or a lower arrival rate`;
  }
  return undefined;
}

type Judged = Evidence["thresholds"][number];

function observedText({ text, observed }: Judged, thresholds: readonly Threshold[]): string {
  if (observed === null) return "no such request";
  const metric = thresholds.find((each) => each.text === text)?.metric;
  const unit = metric === "errors" ? " %" : metric === "rps" ? " a second" : " ms";
  return `it was ${shown(observed)}${unit}`;
}

function testOf(each: Judged, thresholds: readonly Threshold[], duration: number): TestCase {
  const detail = observedText(each, thresholds);
  const shared = { suite: "thresholds", name: each.text, duration };
  if (each.observed === null) return { ...shared, outcome: "error", detail };
  return each.met
    ? { ...shared, outcome: "passed" }
    : { ...shared, outcome: "failed", detail: `${each.text}: ${detail}` };
}

function tablesOf(evidence: Evidence, thresholds: readonly Threshold[]): Table[] {
  const ms = (value: number | undefined) => `${shown(value ?? 0)} ms`;
  const numbers: Table = {
    title: "endpoint",
    columns: ["endpoint", "requests", "a second", "errors", "p50", "p95", "p99", "max"],
    rows: seriesOf(evidence).map(({ endpoint, requests, rps, errors, percentiles, max }) => [
      endpoint,
      `${requests}`,
      shown(rps),
      `${errors}`,
      ms(percentiles["50"]),
      ms(percentiles["95"]),
      ms(percentiles["99"]),
      ms(max),
    ]),
  };
  const judged: Table = {
    title: "threshold",
    columns: ["threshold", "observed", "met"],
    rows: evidence.thresholds.map((each) => [
      each.text,
      observedText(each, thresholds).replace("it was ", ""),
      each.met ? "yes" : "no",
    ]),
  };
  const failures: Table = {
    title: "failure",
    columns: ["failure", "error", "count"],
    rows: evidence.failures.map(({ endpoint, error, count }) => [endpoint, error, `${count}`]),
  };
  return [numbers, judged, failures].filter(({ rows }) => rows.length > 0);
}

function chartsOf({ curves, warmUp }: Evidence, thresholds: readonly Threshold[]): Chart[] {
  if (curves.length === 0) return [];
  type Value = "requests" | "errors" | "p50" | "p95" | "p99";
  const curve = (name: string, value: Value) => ({
    name,
    points: curves.map((point) => [point.at, point[value]] as const),
  });
  const overall = thresholds.find(
    ({ metric, endpoint }) => metric === "percentile" && endpoint === undefined,
  );
  return [
    {
      title: "Latency",
      unit: "milliseconds",
      warmUp,
      curves: [curve("p50", "p50"), curve("p95", "p95"), curve("p99", "p99")],
      ...(overall ? { limit: { name: overall.text, value: overall.limit } } : {}),
    },
    {
      title: "Throughput",
      unit: "requests a second",
      warmUp,
      curves: [curve("requests", "requests")],
    },
    { title: "Errors", unit: "a second", warmUp, curves: [curve("errors", "errors")] },
  ];
}
