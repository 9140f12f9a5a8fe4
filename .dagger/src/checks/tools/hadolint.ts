import * as z from "zod";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { dockerfiles } from "../targets.ts";
import { root, type Tool } from "../tool.ts";

const output = z.array(
  z.object({
    file: z.string(),
    line: z.number(),
    column: z.number(),
    code: z.string(),
    message: z.string(),
    level: z.enum(["error", "warning", "info", "style", "ignore"]),
  }),
);

/** hadolint: Dockerfiles. */
export const hadolint: Tool = {
  name: "hadolint",
  version: [`${toolVenv}/bin/hadolint`, "--version"],
  targets: dockerfiles,
  container: () => pythonTool("lint"),
  async command(target) {
    const names = (await target.source.entries()).filter((name) => !name.endsWith("/"));
    const own = names.some((name) => name.startsWith(".hadolint."));
    const shared = !own && (await target.settings?.entries())?.includes(".hadolint.yaml");
    return [
      ...[`${toolVenv}/bin/hadolint`, "--format", "json"],
      ...(shared ? ["--config", `${root}/.hadolint.yaml`] : []),
      ...names.filter((name) => !name.startsWith(".hadolint.")).map((name) => `./${name}`),
    ];
  },
  exitCodes: { 0: "clean", 1: "findings" },
  parse: ({ stdout, stderr }, target) => ({
    // It goes on without its settings, and calls that a success.
    ...(stderr.includes("Error parsing your config file")
      ? { problem: "cannot read .hadolint.yaml" }
      : {}),
    findings: output.parse(JSON.parse(stdout || "[]")).map((each) => ({
      tool: "hadolint",
      rule: each.code,
      level: each.level === "error" || each.level === "warning" ? each.level : "note",
      message: each.message,
      path: repositoryPath(target, each.file),
      line: Math.max(1, each.line),
      column: Math.max(1, each.column),
      ...(each.code.startsWith("DL")
        ? { helpUrl: `https://github.com/hadolint/hadolint/wiki/${each.code}` }
        : {}),
    })),
  }),
};
