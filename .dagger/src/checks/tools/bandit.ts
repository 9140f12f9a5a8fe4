import * as z from "zod";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { components } from "../targets.ts";
import { outputFolder, type Tool } from "../tool.ts";

const output = z.object({
  results: z.array(
    z.object({
      filename: z.string(),
      line_number: z.number(),
      col_offset: z.number(),
      issue_severity: z.enum(["UNDEFINED", "LOW", "MEDIUM", "HIGH"]),
      issue_text: z.string(),
      test_id: z.string(),
      more_info: z.string(),
    }),
  ),
  errors: z.array(z.object({ filename: z.string(), reason: z.string() })),
});

/** bandit: security of Python. A file that it cannot parse is a finding. */
export const bandit: Tool = {
  name: "bandit",
  version: [`${toolVenv}/bin/bandit`, "--version"],
  targets: components,
  container: () => pythonTool("bandit"),
  async command(target) {
    const settings = await target.source
      .file("pyproject.toml")
      .contents()
      .catch(() => "");
    const configured = /^\[tool\.bandit/m.test(settings);
    const scope = configured ? ["-c", "pyproject.toml"] : ["-x", "./tests"];
    const file = `${outputFolder}/bandit.json`;
    return [`${toolVenv}/bin/bandit`, "-q", "-r", "-f", "json", "-o", file, ...scope, "."];
  },
  outputs: ["bandit.json"],
  exitCodes: { 0: "clean", 1: "findings" },
  parse({ files }, target) {
    const file = files["bandit.json"];
    if (!file) return { findings: [], problem: "wrote no report" };
    const { results, errors } = output.parse(JSON.parse(file));
    return {
      findings: [
        ...results.map((each) => ({
          tool: "bandit",
          rule: each.test_id,
          level: each.issue_severity === "HIGH" ? ("error" as const) : ("warning" as const),
          message: each.issue_text,
          path: repositoryPath(target, each.filename),
          line: Math.max(1, each.line_number),
          column: each.col_offset + 1,
          helpUrl: each.more_info,
        })),
        ...errors.map((each) => ({
          tool: "bandit",
          rule: "cannot-parse",
          level: "error" as const,
          message: each.reason,
          path: repositoryPath(target, each.filename),
          line: 1,
          column: 1,
        })),
      ],
    };
  },
};
