import { dag } from "@dagger.io/dagger";
import * as z from "zod";
import { images } from "../../toolbox/images.ts";
import { repositoryPath } from "../repository-path.ts";
import { workflows } from "../targets.ts";
import type { Tool } from "../tool.ts";

const output = z.array(
  z.object({
    message: z.string(),
    filepath: z.string(),
    line: z.number(),
    column: z.number(),
    kind: z.string(),
  }),
);

/** actionlint: GitHub workflows, their expressions and calls of each other. 3: it could not work. */
export const actionlint: Tool = {
  name: "actionlint",
  version: ["actionlint", "-version"],
  targets: workflows,
  // As its image's own user it could not read every file that a repository may hold.
  container: async () => dag.container().from(images.actionlint).withUser("root"),
  // Its image may hold shellcheck and pyflakes or not: what it finds is the same everywhere.
  command: () => ["actionlint", "-format", "{{json .}}", "-shellcheck=", "-pyflakes="],
  exitCodes: { 0: "clean", 1: "findings" },
  parse: ({ stdout }, target) => ({
    findings: output.parse(JSON.parse(stdout)).map((each) => ({
      tool: "actionlint",
      rule: each.kind,
      level: "error" as const,
      message: each.message,
      path: repositoryPath(target, each.filepath),
      line: Math.max(1, each.line),
      column: Math.max(1, each.column),
      helpUrl: "https://github.com/rhysd/actionlint/blob/main/docs/checks.md",
    })),
  }),
};
