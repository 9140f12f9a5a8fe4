import type { RawFinding } from "../../report/finding.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { styledComponents } from "../targets.ts";
import type { Target, Tool } from "../tool.ts";

/** black: formatting of Python. 1: would change files; 123: could not read some. */
export const black: Tool = {
  name: "black",
  version: [`${toolVenv}/bin/black`, "--version"],
  targets: styledComponents,
  container: () => pythonTool("lint"),
  command: () => [
    `${toolVenv}/bin/black`,
    "--check",
    "--diff",
    "--no-color",
    "--workers",
    "1",
    ".",
  ],
  exitCodes: { 0: "clean", 1: "findings", 123: "findings" },
  parse: ({ stdout, stderr }, target) => ({
    findings: [...reformatted(stdout, target), ...unreadable(stderr, target)],
  }),
};

/** One finding for each file: the first line that would change. */
function* reformatted(diff: string, target: Target): Generator<RawFinding> {
  // A removed line may begin with dashes too, but is not followed by both names and times.
  const headers = [...diff.matchAll(/^--- ([^\t]+)\t\d{4}-[^\n]+\n\+\+\+ [^\t]+\t\d{4}-/gm)];
  for (const [index, header] of headers.entries()) {
    const part = diff.slice(header.index, headers[index + 1]?.index);
    const path = header[1] as string;
    yield {
      tool: "black",
      rule: "format",
      level: "error",
      message: "black would reformat this file (run black on it)",
      path: repositoryPath(target, path),
      line: firstChange(part),
      column: 1,
    };
  }
}

/** The first line of the old file that a unified diff removes, or adds something before. */
export function firstChange(diff: string): number {
  const hunk = /^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@[^\n]*\n/m.exec(diff);
  if (!hunk) return 1;
  const lines = diff.slice(hunk.index + hunk[0].length).split("\n");
  const context = lines.findIndex((line) => line.startsWith("-") || line.startsWith("+"));
  return Math.max(1, Number(hunk[1]) + Math.max(0, context));
}

function* unreadable(log: string, target: Target): Generator<RawFinding> {
  const unparsed = /^error: cannot parse(?: for target version[^:\n]*)?: (.+?):(\d+):(\d+)$/gms;
  for (const [, path = "", line, column] of log.matchAll(unparsed)) {
    yield { ...cannotFormat(target, path), line: Number(line), column: Number(column) + 1 };
  }
  for (const [, path = "", why = ""] of log.matchAll(/^error: cannot format (.+?): ([^\n]+)/gms)) {
    yield { ...cannotFormat(target, path), message: why };
  }
}

function cannotFormat(target: Target, path: string): RawFinding {
  return {
    tool: "black",
    rule: "cannot-format",
    level: "error",
    message: "black cannot parse this file",
    path: repositoryPath(target, path),
    line: 1,
    column: 1,
  };
}
