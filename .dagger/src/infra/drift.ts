import type { Project } from "../checks/tool.ts";
import type { ReportData } from "../report/finding.ts";
import type { Access } from "./environment.ts";
import { makePlan } from "./make-plan.ts";
import { driftFindings, terraformRun } from "./report-plan.ts";

/** Does reality differ from the configuration? */
export async function reportDrift(
  project: Project,
  name: string,
  access: Access,
): Promise<ReportData> {
  const planned = await makePlan(project, name, access, undefined);
  const run = terraformRun(planned);
  const findings = driftFindings(planned);
  const outcome = findings.length > 0 ? ("findings" as const) : ("clean" as const);
  const drift = { ...run, tool: "drift", outcome, findings };
  const runs = planned.problems.length > 0 ? [run] : [drift];
  return { stage: "terraformDrift", runs, accepted: [] };
}
