import { type Finding, findingsOf, type ReportData, type ToolRun, verdictOf } from "./finding.ts";
import { escapeXml as text } from "./junit.ts";

const style = `
:root { color-scheme: light dark; --passed: #1a7f37; --failed: #cf222e; --error: #8250df; --quiet: #656d76; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h1 span, td.outcome { color: var(--quiet); font-weight: 600; }
.passed, td.clean { color: var(--passed) !important; } .failed, td.findings { color: var(--failed) !important; }
.error, td.error { color: var(--error) !important; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: #8881; padding: .6rem; border-radius: .4rem; }
summary { cursor: pointer; }
`;

const words = { clean: "ok", findings: "found", error: "error", "not-run": "not run" } as const;

/** One HTML file that needs nothing else: verdict, tools, findings, logs. */
export function htmlReport(report: ReportData): string {
  const verdict = verdictOf(report);
  const findings = findingsOf(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(report.stage)}: ${verdict}</title>
<style>${style}</style>
</head>
<body>
<h1>${text(report.stage)}: <span class="${verdict}">${verdict}</span></h1>
<table>
<thead><tr><th>tool</th><th>on</th><th></th><th>findings</th><th>time</th><th></th></tr></thead>
<tbody>
${report.runs.map((run) => toolRow(run, report.accepted)).join("\n")}
</tbody>
</table>
${findings.length === 0 ? "" : findingsTable(findings)}
${report.runs
  .filter(({ log }) => log.trim() !== "")
  .map(log)
  .join("\n")}
</body>
</html>
`;
}

function toolRow(run: ToolRun, accepted: readonly string[]): string {
  const counted = run.findings.filter(({ fingerprint }) => !accepted.includes(fingerprint)).length;
  const details = [
    run.tests ? `${run.tests.length} tests` : "",
    run.coverage === undefined ? "" : `${run.coverage.toFixed(1)} % covered`,
    run.reason ?? "",
  ].filter(Boolean);
  return `<tr><td>${text(run.tool)} ${text(run.version)}</td><td>${text(run.target)}</td><td class="outcome ${run.outcome}">${words[run.outcome]}</td><td class="number">${counted}</td><td class="number">${run.duration.toFixed(1)} s</td><td>${text(details.join(", "))}</td></tr>`;
}

function findingsTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ path, line, column, level, message, tool, rule, helpUrl }) => {
    const name = text(`${tool} ${rule}`);
    const link = helpUrl?.startsWith("https://")
      ? `<a href="${text(helpUrl)}" rel="noreferrer">${name}</a>`
      : name;
    return `<tr><td><code>${text(`${path}:${line}:${column}`)}</code></td><td>${level}</td><td>${text(message)}</td><td>${link}</td></tr>`;
  });
  return `<h2>Findings</h2>
<table>
<thead><tr><th>place</th><th>level</th><th>finding</th><th>rule</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

function log(run: ToolRun): string {
  const open = run.outcome === "error" ? " open" : "";
  return `<details${open}><summary>${text(run.tool)} on ${text(run.target)}: log</summary><pre>${text(run.log)}</pre></details>`;
}
