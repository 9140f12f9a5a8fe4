import * as z from "zod";
import { messageOf } from "../message-of.ts";
import type { ReportData, ToolRun } from "../report/finding.ts";
import { type Changed, isUnaffected, reasonForAll } from "./affected.ts";
import type { Check } from "./check.ts";
import { runTool } from "./run-tool.ts";
import type { Project, Target, Tool } from "./tool.ts";

/** The baseline file cannot be read. */
export class BaselineError extends Error {}

const baselineSchema = z.object({ accepted: z.array(z.object({ fingerprint: z.string() })) });

/**
 * Runs all tools of some checks on all their targets at once, and gathers what they found.
 *
 * @param changed what is not affected by these changes is skipped
 */
export async function runChecks(
  stage: string,
  checks: readonly Check[],
  project: Project,
  changed?: Changed,
): Promise<ReportData> {
  const all = changed && reasonForAll(changed, project.config);
  const narrow = all === undefined ? changed : undefined;
  const accepted = await readBaseline(project);
  const runs = await Promise.all(
    checks.flatMap((check) =>
      check.tools.map(async (tool) => {
        const targets = await tool.targets(project);
        const timeout = project.config.timeouts[check.name];
        return Promise.all(
          targets.map((target) =>
            narrow && isUnaffected(target, narrow)
              ? skipped(tool, target, narrow)
              : runTool(tool, target, timeout),
          ),
        );
      }),
    ),
  );
  const scope = changed && scopeOf(changed, all);
  return { stage, ...(scope ? { scope } : {}), runs: runs.flat(), accepted };
}

function scopeOf({ since, paths }: Changed, all: string | undefined): string {
  if (all !== undefined) return `everything is looked at: since ${since} ${all}`;
  const files = paths.filter((path) => !path.endsWith("/")).length;
  return `limited to what ${files} changed ${files === 1 ? "file" : "files"} since ${since} can matter to`;
}

function skipped({ name }: Tool, target: Target, { since }: Changed): ToolRun {
  return {
    ...{ tool: name, version: "", target: target.name, outcome: "skipped" },
    ...{ exitCode: null, duration: 0, reason: `unchanged since ${since}`, log: "", findings: [] },
  };
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
    const why = messageOf(error);
    throw new BaselineError(`${config.baseline} is no baseline: ${why}`);
  }
}
