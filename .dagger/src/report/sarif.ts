import { type Finding, findingsOf, type Level, type ReportData, type ToolRun } from "./finding.ts";

/** Outcomes whose reason is no complaint. */
const quiet: ReadonlySet<ToolRun["outcome"]> = new Set(["not-run", "skipped"]);

const schema = "https://json.schemastore.org/sarif-2.1.0.json";

/** SARIF 2.1.0, with what GitHub's code scanning asks for beyond it; a run for each tool. */
export function sarifReport(report: ReportData): string {
  const counted = new Set(findingsOf(report).map(({ fingerprint }) => fingerprint));
  const tools = [...new Set(report.runs.map(({ tool }) => tool))];
  const runs = tools.map((tool) => {
    const ofTool = report.runs.filter((run) => run.tool === tool);
    return sarifRun(report.stage, tool, ofTool, counted);
  });
  return `${JSON.stringify({ $schema: schema, version: "2.1.0", runs }, null, 2)}\n`;
}

function sarifRun(
  stage: string,
  tool: string,
  runs: readonly ToolRun[],
  counted: ReadonlySet<string>,
): object {
  const findings = runs.flatMap((run) => run.findings);
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    tool: {
      driver: {
        name: tool,
        version: runs[0]?.version ?? "",
        rules: rules.map((rule) => sarifRule(rule, findings)),
      },
    },
    // Without a category of its own, one upload would replace the other on GitHub.
    automationDetails: { id: `kitchen/${stage}/${tool}/` },
    columnKind: "unicodeCodePoints",
    invocations: runs.map((run) => ({
      executionSuccessful: run.outcome === "clean" || run.outcome === "findings",
      ...(run.exitCode === null ? {} : { exitCode: run.exitCode }),
      toolExecutionNotifications: run.reason
        ? [{ level: quiet.has(run.outcome) ? "note" : "error", message: { text: run.reason } }]
        : [],
    })),
    results: findings.map((finding) => sarifResult(finding, rules, counted)),
  };
}

function sarifRule(rule: string, findings: readonly Finding[]): object {
  const example = findings.find((finding) => finding.rule === rule);
  return {
    id: rule,
    shortDescription: { text: rule },
    fullDescription: { text: example?.message ?? rule },
    help: { text: example?.helpUrl ?? example?.message ?? rule },
    ...(example?.helpUrl ? { helpUri: example.helpUrl } : {}),
    defaultConfiguration: { level: example?.level ?? ("warning" satisfies Level) },
  };
}

function sarifResult(
  finding: Finding,
  rules: readonly string[],
  counted: ReadonlySet<string>,
): object {
  return {
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    level: finding.level,
    message: { text: finding.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(finding.path), uriBaseId: "%SRCROOT%" },
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            ...(finding.endLine === undefined ? {} : { endLine: finding.endLine }),
          },
        },
      },
    ],
    partialFingerprints: { "kitchen/v1": finding.fingerprint },
    suppressions: counted.has(finding.fingerprint)
      ? []
      : [{ kind: "external", justification: "accepted by the baseline" }],
  };
}

/** A relative URI: names may hold spaces, percent signs and line ends. */
function uriOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
