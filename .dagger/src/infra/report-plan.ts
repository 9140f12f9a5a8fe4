import type { Finding, ReportData, ToolRun } from "../report/finding.ts";
import type { Planned } from "./make-plan.ts";
import { diagnosticFindings, isOwnNews } from "./problems.ts";

/** How a plan fared: what is wrong in the source, and what kitchen.yaml does not allow. */
export function planReport(stage: string, planned: Planned): ReportData {
  const { environment, policy, accepted } = planned;
  const hasRules = Object.keys(environment.policy).length + environment.protected.length > 0;
  const checked: ToolRun = {
    ...runOf("policy", planned),
    outcome: policy.length > 0 ? "findings" : "clean",
    findings: policy,
  };
  const runs = [terraformRun(planned), ...(planned.answer.plan && hasRules ? [checked] : [])];
  return { stage, runs, accepted };
}

/** The run of Terraform itself: its errors that have a place are findings. */
export function terraformRun(planned: Planned): ToolRun {
  const { problems, answer, asked } = planned;
  const run = runOf("terraform", planned);
  if (problems.length === 0) return { ...run, outcome: "clean" };
  const findings = diagnosticFindings(answer, asked);
  const elsewhere = answer.diagnostics.some(
    (each) => each.severity === "error" && each.path === undefined && isOwnNews(each),
  );
  if (findings.length > 0 && !elsewhere) return { ...run, outcome: "findings", findings };
  return { ...run, outcome: "error", reason: problems.join("\n"), findings };
}

function runOf(tool: string, { answer, environment, duration }: Planned): Omit<ToolRun, "outcome"> {
  return {
    tool,
    version: tool === "terraform" ? answer.terraform : "",
    target: environment.name,
    exitCode: null,
    duration: tool === "terraform" ? duration : 0,
    log: "",
    findings: [],
  };
}

/** Findings about what reality and the configuration do not have in common. */
export function driftFindings({ story, environment }: Planned): Finding[] {
  const finding = (rule: string, address: string, message: string): Finding => {
    const place = story.changes.find((each) => each.address === address)?.place;
    return {
      ...{ tool: "drift", rule, level: "error", message },
      ...{ path: place?.path ?? environment.path, line: place?.line ?? 1, column: 1 },
      fingerprint: `drift:${rule}:${environment.name}:${address}`,
    };
  };
  return [
    ...story.drifted.map((address) =>
      finding("changed-outside", address, `${address} was changed outside of Terraform`),
    ),
    ...story.changes
      .filter(({ action }) => action !== "read")
      .map(({ address, action, attributes }) => {
        const which = attributes.map(({ path }) => path).join(", ");
        return finding(
          "differs",
          address,
          `${address} differs from the configuration: an apply would ${action} it${which ? ` (${which})` : ""}`,
        );
      }),
    ...story.outputs.map((name) =>
      finding("output", `output.${name}`, `output ${name} differs from the configuration`),
    ),
  ];
}
