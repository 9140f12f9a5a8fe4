import * as z from "zod";
import type { ReportData } from "../report/finding.ts";
import type { Check } from "./check.ts";
import { runTool } from "./run-tool.ts";
import type { Project } from "./tool.ts";

/** The baseline file cannot be read. */
export class BaselineError extends Error {}

const baselineSchema = z.object({ accepted: z.array(z.object({ fingerprint: z.string() })) });

/** Runs all tools of some checks on all their targets at once, and gathers what they found. */
export async function runChecks(
  stage: string,
  checks: readonly Check[],
  project: Project,
): Promise<ReportData> {
  const accepted = await readBaseline(project);
  const runs = await Promise.all(
    checks.flatMap((check) =>
      check.tools.map(async (tool) => {
        const targets = await tool.targets(project);
        const timeout = project.config.timeouts[check.name];
        return Promise.all(targets.map((target) => runTool(tool, target, timeout)));
      }),
    ),
  );
  return { stage, runs: runs.flat(), accepted };
}

/** Fingerprints of findings that are accepted for now. */
export async function readBaseline({ source, config }: Project): Promise<string[]> {
  if (config.baseline === undefined) return [];
  if (!(await source.exists(config.baseline))) {
    throw new BaselineError(
      `kitchen.yaml: baseline: there is no ${config.baseline} in the source: make it with \`dagger call reports ci baseline export --path ${config.baseline}\``,
    );
  }
  const text = await source.file(config.baseline).contents();
  try {
    return baselineSchema.parse(JSON.parse(text)).accepted.map(({ fingerprint }) => fingerprint);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BaselineError(`${config.baseline} is no baseline: ${why}`);
  }
}
