import {
  acceptedOf,
  type Finding,
  findingsOf,
  type ReportData,
  type ToolRun,
  verdictOf,
} from "./finding.ts";
import { chart, table } from "./html-charts.ts";
import { style } from "./html-style.ts";
import { escapeXml as text } from "./junit.ts";
import { type Skipped, skippedOf } from "./skipped.ts";

const words = {
  clean: "clean",
  findings: "found",
  error: "error",
  inconclusive: "inconclusive",
  "not-run": "not run",
  skipped: "skipped",
} as const;

const explained = {
  passed: "Every tool that was run did its work and found nothing.",
  failed: "Tools did their work and found something.",
  error: "A tool could not do its work: what it would have found is not known.",
  inconclusive: "What was measured says nothing about what was asked, which is no pass.",
  "not-run": "No tool could be asked: nothing was looked at.",
} as const;

/** One HTML file that needs nothing else, no script and nothing from a network. */
export function htmlReport(report: ReportData): string {
  const verdict = verdictOf(report);
  const findings = findingsOf(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(report.stage)}: ${verdict}</title>
<style>${style}</style>
</head>
<body>
<header class="${verdict}">
<h1>${text(report.stage)} <span class="badge">${verdict}</span></h1>
<p>${explained[verdict]}</p>${report.scope === undefined ? "" : `\n<p>${text(report.scope)}</p>`}
</header>
<main>
${tiles(report, findings)}
${problems(report.runs)}
${findingsSection(findings)}
${toolsSection(report)}
${measured(report.runs)}
</main>
</body>
</html>
`;
}

function tiles(report: ReportData, findings: readonly Finding[]): string {
  const tests = report.runs.flatMap((run) => run.tests ?? []);
  const level = (name: Finding["level"]) => findings.filter((each) => each.level === name).length;
  const outcome = (name: ToolRun["outcome"]) =>
    report.runs.filter((run) => run.outcome === name).length;
  const shown: readonly (readonly [number, string, string?])[] = [
    [level("error"), "error", "errors"],
    [level("warning"), "warning", "warnings"],
    [level("note"), "note", "notes"],
    [acceptedOf(report).length, "accepted by the baseline"],
    [tests.filter((test) => test.outcome === "passed").length, "test passed", "tests passed"],
    [tests.filter((test) => test.outcome === "skipped").length, "test skipped", "tests skipped"],
    [
      outcome("clean") + outcome("findings") + outcome("inconclusive"),
      "run of a tool",
      "runs of tools",
    ],
    [outcome("error"), "run broken", "runs broken"],
    [outcome("not-run"), "not run"],
    [outcome("skipped"), "run skipped", "runs skipped"],
  ];
  const items = shown
    .filter(([number, what]) => number > 0 || what === "error")
    .map(
      ([number, one, many = one]) =>
        `<li><strong>${number}</strong> ${number === 1 ? one : many}</li>`,
    );
  return `<ul class="tiles">${items.join("")}</ul>`;
}

function problems(runs: readonly ToolRun[]): string {
  return section("Could not do their work", "error") + section("Says nothing", "inconclusive");

  function section(title: string, outcome: ToolRun["outcome"]): string {
    const items = runs.filter((run) => run.outcome === outcome).map(problem);
    return items.length > 0 ? `<section><h2>${title}</h2>${items.join("\n")}</section>` : "";
  }
}

function problem(run: ToolRun): string {
  const why = run.reason ?? `exit code ${run.exitCode}`;
  return `<div class="problem ${run.outcome}"><strong>${text(run.tool)}</strong> on ${text(run.target)}: ${text(why)}${log(run, "open")}</div>`;
}

/** Findings file by file, the file with the worst one first. */
function findingsSection(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const files = [...new Set(findings.map(({ path }) => path))];
  const parts = files.map((path) => {
    const found = findings.filter((finding) => finding.path === path);
    const rows = found.map(({ line, column, level, message, tool, rule, helpUrl }) => {
      const name = text(`${tool} ${rule}`);
      const link = helpUrl?.startsWith("https://")
        ? `<a href="${text(helpUrl)}" rel="noreferrer">${name}</a>`
        : name;
      return `<tr><td class="number">${line}:${column}</td><td class="level"><span class="${level}">${level}</span></td><td class="message">${text(message)}</td><td class="rule">${link}</td></tr>`;
    });
    return `<details open><summary><code>${text(path)}</code> <span class="count">${found.length}</span></summary>
<table><tbody>
${rows.join("\n")}
</tbody></table></details>`;
  });
  return `<section><h2>Findings</h2>\n${parts.join("\n")}</section>`;
}

function measured(runs: readonly ToolRun[]): string {
  const parts = runs.flatMap(({ tables = [], charts = [] }) => [
    ...tables.map(table),
    ...charts.map(chart),
  ]);
  return parts.length > 0 ? `<section><h2>Results</h2>\n${parts.join("\n")}</section>` : "";
}

function toolsSection({ runs, accepted }: ReportData): string {
  const ran = runs.filter(({ outcome }) => outcome !== "skipped");
  const rows = ran.map((run) => {
    const counted = run.findings.filter((each) => !accepted.includes(each.fingerprint)).length;
    const failed = run.tests?.filter(
      ({ outcome }) => outcome !== "passed" && outcome !== "skipped",
    );
    const details = [
      coverage(run),
      run.tests
        ? `${run.tests.length} tests${failed?.length ? `, ${failed.length} failed` : ""}`
        : "",
      run.outcome === "not-run" ? text(run.reason ?? "") : "",
    ].filter(Boolean);
    return `<tr><td>${text(run.tool)} <span class="quiet">${text(run.version)}</span></td><td>${text(run.target)}</td><td><span class="outcome ${run.outcome}">${words[run.outcome]}</span></td><td class="number">${counted || ""}</td><td class="number">${run.duration.toFixed(1)} s</td><td>${details.join(", ")}${run.outcome === "findings" ? log(run, "") : ""}</td></tr>`;
  });
  return `<section><h2>Tools</h2>
<table class="tools">
<thead><tr><th>tool</th><th>on</th><th>outcome</th><th class="number">findings</th><th class="number">time</th><th></th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>${skippedOf(runs).map(skippedText).join("")}</section>`;
}

function skippedText({ reason, tools, targets }: Skipped): string {
  return `<p class="quiet">Skipped, ${text(reason)}: ${text(tools.join(", "))} on ${text(targets.join(", "))}</p>`;
}

function coverage({ coverage }: ToolRun): string {
  if (coverage === undefined) return "";
  const percent = coverage.toFixed(1);
  return `<span class="coverage"><meter min="0" max="100" value="${percent}">${percent} %</meter> ${percent} % covered</span>`;
}

function log(run: ToolRun, open: "open" | ""): string {
  if (run.log.trim() === "") return "";
  return `<details ${open}><summary>log</summary><pre>${text(run.log)}</pre></details>`;
}
