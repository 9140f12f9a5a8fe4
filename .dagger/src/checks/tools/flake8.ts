import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { pythonLiteral } from "../python-literal.ts";
import { repositoryPath } from "../repository-path.ts";
import { styledComponents } from "../targets.ts";
import type { Tool } from "../tool.ts";

/** flake8: style and simple mistakes of Python. Exit code 1 is findings, and also a crash. */
export const flake8: Tool = {
  name: "flake8",
  version: [`${toolVenv}/bin/flake8`, "--version"],
  targets: styledComponents,
  container: () => pythonTool("lint"),
  // The path as a Python literal: names may hold spaces and line ends.
  command: () => [
    `${toolVenv}/bin/flake8`,
    "--format=%(path)r\t%(row)d\t%(col)d\t%(code)s\t%(text)s",
    ".",
  ],
  exitCodes: { 0: "clean", 1: "findings" },
  parse: ({ stdout, stderr }, target) => ({
    ...(stderr.includes("Traceback (most recent call last)") ? { problem: "flake8 crashed" } : {}),
    findings: stdout
      .split("\n")
      .map((line) => line.split("\t"))
      .filter((fields) => fields.length >= 5)
      .map(([path = "", row, column, rule = "", ...text]) => ({
        tool: "flake8",
        rule,
        level: /^[EF]/.test(rule) ? ("error" as const) : ("warning" as const),
        message: text.join("\t"),
        path: repositoryPath(target, pythonLiteral(path)),
        line: Math.max(1, Number(row)),
        column: Math.max(1, Number(column)),
      })),
  }),
};
