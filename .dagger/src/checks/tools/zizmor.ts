import * as z from "zod";
import type { RawFinding } from "../../report/finding.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { workflows } from "../targets.ts";
import type { Target, Tool } from "../tool.ts";

/** Rows and columns are counted from 0. */
const point = z.object({ row: z.number(), column: z.number() });

const output = z.array(
  z.object({
    ident: z.string(),
    desc: z.string(),
    url: z.string(),
    determinations: z.object({ severity: z.string() }),
    locations: z.array(
      z.object({
        symbolic: z.object({
          kind: z.string(),
          annotation: z.string(),
          key: z.object({ Local: z.object({ verbatim_path: z.string() }) }),
        }),
        concrete: z.object({ location: z.object({ start_point: point, end_point: point }) }),
      }),
    ),
  }),
);

/**
 * zizmor: security of GitHub workflows and actions, without asking GitHub. 11 to 14: findings, by
 * the worst severity. 1 is a file that it cannot read, which is a finding, or a failure.
 */
export const zizmor: Tool = {
  name: "zizmor",
  version: [`${toolVenv}/bin/zizmor`, "--version"],
  targets: workflows,
  container: () => pythonTool("zizmor"),
  command: () => [
    `${toolVenv}/bin/zizmor`,
    ...["--offline", "--no-progress", "--color=never", "--format=json-v1"],
    // Without it a file that it cannot parse is left out, and the rest may be clean.
    ...["--collect=all", "--strict-collection", "."],
  ],
  exitCodes: {
    0: "clean",
    1: "findings",
    11: "findings",
    12: "findings",
    13: "findings",
    14: "findings",
  },
  parse({ stdout, stderr, exitCode }, target) {
    if (exitCode === 1) return { findings: unreadable(stderr, target) };
    const findings = output.parse(JSON.parse(stdout)).flatMap((each) => {
      const place = each.locations.find(({ symbolic }) => symbolic.kind === "Primary");
      if (!place) return [];
      const { start_point: start, end_point: end } = place.concrete.location;
      return {
        tool: "zizmor",
        rule: each.ident,
        level: levels[each.determinations.severity] ?? ("note" as const),
        message: `${each.desc}: ${place.symbolic.annotation}`,
        path: repositoryPath(target, place.symbolic.key.Local.verbatim_path),
        line: start.row + 1,
        column: start.column + 1,
        endLine: end.row + 1,
        helpUrl: each.url,
      };
    });
    return { findings };
  },
};

function unreadable(stderr: string, target: Target): RawFinding[] {
  const failure = /^failed to load file:\/\/(.+) as .+\n(?:\nCaused by:\n)?(.*)/mu.exec(stderr);
  if (!failure) return [];
  const [, path = "", cause = ""] = failure;
  const [, line = "1", column = "1"] = /line (\d+) column (\d+)/u.exec(cause) ?? [];
  return [
    {
      tool: "zizmor",
      rule: "cannot-parse",
      level: "error",
      message: cause.replace(/^\s*0: /u, "") || "zizmor cannot parse this file",
      path: repositoryPath(target, decodeURI(path)),
      line: Number(line),
      column: Number(column),
    },
  ];
}

const levels: Record<string, RawFinding["level"]> = { High: "error", Medium: "warning" };
