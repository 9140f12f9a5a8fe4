import { dag } from "@dagger.io/dagger";
import * as z from "zod";
import type { RawFinding } from "../../report/finding.ts";
import { images } from "../../toolbox/images.ts";
import { repositoryPath } from "../repository-path.ts";
import { terraform } from "../targets.ts";
import { root, type Tool } from "../tool.ts";

const range = z.object({
  filename: z.string(),
  start: z.object({ line: z.number(), column: z.number() }),
  end: z.object({ line: z.number() }),
});

const output = z.object({
  issues: z.array(
    z.object({
      rule: z.object({ name: z.string(), severity: z.string(), link: z.string() }),
      message: z.string(),
      range,
    }),
  ),
  errors: z.array(
    z.object({ message: z.string(), summary: z.string().optional(), range: range.optional() }),
  ),
});

/** tflint: mistakes and style of Terraform, with the rules that are built in. 2: issues found. */
export const tflint: Tool = {
  name: "tflint",
  version: ["tflint", "--version"],
  targets: terraform,
  container: async () => dag.container().from(images.tflint),
  async command(target) {
    const names = await target.source.entries();
    const config = names.includes(".tflint.hcl")
      ? ["--config", `${root}/${target.path}/.tflint.hcl`]
      : [];
    return ["tflint", "--recursive", "--format=json", ...config];
  },
  exitCodes: { 0: "clean", 1: "findings", 2: "findings" },
  parse({ stdout }, target) {
    const { issues, errors } = output.parse(JSON.parse(stdout));
    const findings: RawFinding[] = [
      ...issues.map((each) => ({
        tool: "tflint",
        rule: each.rule.name,
        level: levels[each.rule.severity.toLowerCase()] ?? ("warning" as const),
        message: each.message,
        path: repositoryPath(target, each.range.filename),
        line: Math.max(1, each.range.start.line),
        column: Math.max(1, each.range.start.column),
        endLine: Math.max(1, each.range.end.line),
        ...(each.rule.link ? { helpUrl: each.rule.link } : {}),
      })),
      // What Terraform itself could not parse has a place; a failure of tflint has none.
      ...errors.flatMap((each) =>
        each.range
          ? [
              {
                tool: "tflint",
                rule: "syntax",
                level: "error" as const,
                message: each.summary ?? each.message,
                path: repositoryPath(target, each.range.filename),
                line: Math.max(1, each.range.start.line),
                column: Math.max(1, each.range.start.column),
              },
            ]
          : [],
      ),
    ];
    const failed = errors.filter((each) => !each.range);
    for (const { message } of failed) {
      const place =
        /Failed to (?:load the root module|build configurations); (.+?):(\d+),(\d+)-[^:]*: (.+?); /s.exec(
          message,
        );
      if (!place) return { findings, problem: message.split("\u001b", 1)[0]?.trim() ?? message };
      const [, path = "", line, column, what = ""] = place;
      findings.push({
        ...{ tool: "tflint", rule: "syntax", level: "error", message: what },
        ...{ path: repositoryPath(target, path), line: Number(line), column: Number(column) },
      });
    }
    return { findings };
  },
};

const levels: Record<string, "error" | "warning" | "note"> = {
  error: "error",
  warning: "warning",
  notice: "note",
};
