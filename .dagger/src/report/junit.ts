import { findingsOf, type ReportData, type TestCase, type ToolRun } from "./finding.ts";

/** JUnit XML: tests as they ran, and for other tools each finding as a failed test case. */
export function junitReport(report: ReportData): string {
  const counted = new Set(findingsOf(report).map(({ fingerprint }) => fingerprint));
  const suites = report.runs.map((run) => suite(run, counted));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name=${attribute(report.stage)}>\n${suites.join("\n")}\n</testsuites>\n`;
}

function suite(run: ToolRun, counted: ReadonlySet<string>): string {
  const cases = [...casesOf(run, counted)];
  const number = (outcome: TestCase["outcome"]) =>
    cases.filter((each) => each.outcome === outcome).length;
  const head = [
    `name=${attribute(`${run.tool} ${run.target}`)}`,
    `tests="${cases.length}"`,
    `failures="${number("failed")}"`,
    `errors="${number("error")}"`,
    `skipped="${number("skipped")}"`,
    `time="${run.duration.toFixed(3)}"`,
  ];
  return `  <testsuite ${head.join(" ")}>\n${cases.map(testCase).join("\n")}\n  </testsuite>`;
}

function* casesOf(run: ToolRun, counted: ReadonlySet<string>): Generator<TestCase> {
  const name = `${run.tool} ${run.target}`;
  if (run.outcome === "error" || run.outcome === "inconclusive") {
    const detail = `${run.reason ?? `exit code ${run.exitCode}`}\n${run.log}`;
    yield { suite: run.tool, name, duration: run.duration, outcome: "error", detail };
  }
  if (run.outcome === "not-run" || run.outcome === "skipped") {
    const detail = run.reason ?? "";
    yield { suite: run.tool, name, duration: 0, outcome: "skipped", detail };
  }
  yield* run.tests ?? [];
  // Failed tests are findings too: they are there as tests already.
  const findings = run.tests
    ? run.findings.filter(({ rule }) => rule !== "failed" && rule !== "error")
    : run.findings;
  for (const finding of findings) {
    if (!counted.has(finding.fingerprint)) continue;
    const place = `${finding.path}:${finding.line}:${finding.column}`;
    yield {
      suite: `${run.tool}.${finding.rule}`,
      name: place,
      duration: 0,
      outcome: "failed",
      detail: `${place} ${finding.level} ${finding.message}`,
    };
  }
  if (run.outcome === "clean" && !run.tests) {
    yield { suite: run.tool, name, duration: run.duration, outcome: "passed" };
  }
}

function testCase({ suite, name, duration, outcome, detail = "" }: TestCase): string {
  const head = `    <testcase classname=${attribute(suite)} name=${attribute(name)} time="${duration.toFixed(3)}"`;
  if (outcome === "passed") return `${head}/>`;
  if (outcome === "skipped") return `${head}><skipped message=${attribute(detail)}/></testcase>`;
  const element = outcome === "failed" ? "failure" : "error";
  const message = attribute(detail.split("\n")[0] ?? "");
  return `${head}><${element} message=${message}>${escapeXml(detail)}</${element}></testcase>`;
}

function attribute(text: string): string {
  return `"${escapeXml(text).replace(/\n/g, "&#10;").replace(/\t/g, "&#9;")}"`;
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** What XML 1.0 cannot hold in any form: control characters and halves of surrogate pairs. */
const forbidden = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;

/** Text for XML 1.0 and HTML; what neither can hold becomes a replacement mark. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char).replace(forbidden, "\ufffd");
}
