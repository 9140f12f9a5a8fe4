import { dag } from "@dagger.io/dagger";
import type { RawFinding } from "../../report/finding.ts";
import { images } from "../../toolbox/images.ts";
import { repositoryPath } from "../repository-path.ts";
import { terraform } from "../targets.ts";
import type { Target, Tool } from "../tool.ts";
import { firstChange } from "./black.ts";

/** terraform fmt: formatting of Terraform. 3: would change files; 2: could not read some. */
export const terraformFmt: Tool = {
  name: "terraform-fmt",
  version: ["terraform", "version"],
  targets: terraform,
  container: async () =>
    dag.container().from(images.terraform).withEnvVariable("CHECKPOINT_DISABLE", "1"),
  command: () => ["terraform", "fmt", "-check", "-diff", "-recursive", "-no-color"],
  exitCodes: { 0: "clean", 2: "findings", 3: "findings" },
  parse: ({ stdout, stderr }, target) => ({
    findings: [...unformatted(stdout, target), ...terraformErrors(stderr, "terraform-fmt", target)],
  }),
};

function* unformatted(diff: string, target: Target): Generator<RawFinding> {
  for (const part of diff.split(/^--- old\//m).slice(1)) {
    yield {
      tool: "terraform-fmt",
      rule: "format",
      level: "error",
      message: "terraform fmt would reformat this file (run terraform fmt on it)",
      path: repositoryPath(target, part.split("\n", 1)[0] ?? ""),
      line: firstChange(part),
      column: 1,
    };
  }
}

/** Terraform's errors as it prints them: a title, and `on FILE line N`. */
export function* terraformErrors(log: string, tool: string, target: Target): Generator<RawFinding> {
  const plain = log.replace(/^[│╷╵ ]+/gm, "");
  const errors = /^Error: (.+)\n(?:\s*\n)*on (.+?) line (\d+)/gm;
  for (const [, message = "", path = "", line] of plain.matchAll(errors)) {
    yield {
      tool,
      rule: "syntax",
      level: "error",
      message,
      path: repositoryPath(target, path),
      line: Number(line),
      column: 1,
    };
  }
}
