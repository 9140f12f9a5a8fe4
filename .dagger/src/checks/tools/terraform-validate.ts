import * as z from "zod";
import { repositoryPath } from "../repository-path.ts";
import type { Tool } from "../tool.ts";
import { terraformErrors } from "./terraform-fmt.ts";
import {
  initFailure,
  inModule,
  missingProvider,
  terraformContainer,
  terraformModules,
} from "./terraform-module.ts";

const output = z.object({
  valid: z.boolean(),
  diagnostics: z.array(
    z.object({
      severity: z.enum(["error", "warning"]),
      summary: z.string(),
      detail: z.string().optional(),
      range: z
        .object({
          filename: z.string(),
          start: z.object({ line: z.number(), column: z.number() }),
          end: z.object({ line: z.number() }),
        })
        .optional(),
    }),
  ),
});

/**
 * terraform validate in every folder with *.tf, each of which is a module of its own; tried anew each
 * day, since a provider that cannot be had today may be there tomorrow.
 */
export const terraformValidate: Tool = {
  name: "terraform-validate",
  version: ["terraform", "version"],
  targets: terraformModules,
  container: terraformContainer,
  command: (target) => inModule(target, "terraform validate -json"),
  exitCodes: { 0: "clean", 1: "findings" },
  notRun: ({ stderr }) => missingProvider(stderr),
  parse({ stdout, stderr }, target) {
    const here = { ...target, path: target.name };
    if (!stdout.trimStart().startsWith("{")) {
      const findings = [...terraformErrors(stderr, "terraform-validate", here)];
      return findings.length > 0 ? { findings } : { findings, problem: initFailure(stderr) };
    }
    const { diagnostics } = output.parse(JSON.parse(stdout));
    return {
      findings: diagnostics.map(({ severity, summary, detail, range }) => ({
        tool: "terraform-validate",
        rule: severity,
        level: severity,
        message: detail ? `${summary}: ${detail.replace(/\s+/g, " ")}` : summary,
        path: range ? repositoryPath(here, range.filename) : here.path,
        line: range?.start.line ?? 1,
        column: range?.start.column ?? 1,
        ...(range ? { endLine: range.end.line } : {}),
      })),
    };
  },
};
