import * as z from "zod";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { everything, infrastructure } from "../targets.ts";
import type { Target, Tool, ToolOutput } from "../tool.ts";

const failedCheck = z.object({
  check_id: z.string(),
  check_name: z.string(),
  file_abs_path: z.string(),
  file_line_range: z.tuple([z.number(), z.number()]),
  resource: z.string().nullish(),
  guideline: z.string().nullish(),
});
const report = z.object({
  results: z.object({
    failed_checks: z.array(failedCheck),
    parsing_errors: z.array(z.string()).nullish(),
  }),
});
/** With nothing to check it prints counts only; several frameworks make a list. */
const counts = z.object({ passed: z.number(), failed: z.literal(0) });
const output = z.union([report, counts, z.array(z.union([report, counts]))]);

/** checkov: Terraform, Dockerfiles and workflows. Offline: no policies or plans are fetched. */
export const checkov: Tool = checkovOf("checkov", infrastructure, [
  ...["--framework", "terraform", "dockerfile", "github_actions"],
]);

/** checkov's search for secrets: in all files, not only in those that describe infrastructure. */
export const secrets: Tool = checkovOf("secrets", everything, [
  ...["--framework", "secrets", "--enable-secret-scan-all-files", "--quiet"],
]);

function checkovOf(name: string, targets: Tool["targets"], options: readonly string[]): Tool {
  return {
    name,
    version: [`${toolVenv}/bin/checkov`, "--version"],
    targets,
    container: async () =>
      (await pythonTool("checkov"))
        .withEnvVariable("CHECKOV_RUN_SCA_PACKAGE_SCAN_V2", "false")
        .withEnvVariable("LOG_LEVEL", "ERROR"),
    command: () => [
      `${toolVenv}/bin/checkov`,
      ...["--directory", ".", "--output", "json", "--compact"],
      ...["--skip-download", "--download-external-modules", "false"],
      ...options,
    ],
    exitCodes: { 0: "clean", 1: "findings" },
    parse: (written, target) => parse(name, written, target),
  };
}

function parse(tool: string, { stdout }: ToolOutput, target: Target) {
  if (stdout.trim() === "") return { findings: [], problem: "wrote no report" };
  const parsed = output.parse(JSON.parse(stdout));
  const reports = (Array.isArray(parsed) ? parsed : [parsed]).filter((each) => "results" in each);
  return {
    findings: reports.flatMap(({ results }) => [
      ...results.failed_checks.map((each) => ({
        tool,
        rule: each.check_id,
        level: "error" as const,
        ...placeOf(each, target),
        ...(each.guideline ? { helpUrl: each.guideline } : {}),
      })),
      ...(results.parsing_errors ?? []).map((path) => ({
        tool,
        rule: "cannot-parse",
        level: "error" as const,
        message: "checkov cannot parse this file",
        path: repositoryPath(target, path),
        line: 1,
        column: 1,
      })),
    ]),
  };
}

function placeOf(each: z.infer<typeof failedCheck>, target: Target) {
  const [first, last] = each.file_line_range.map((line) => Math.max(1, line)) as [number, number];
  const place = { path: repositoryPath(target, each.file_abs_path), line: first, column: 1 };
  // A secret's resource is a hash of it, and its range ends a line too late.
  if (each.check_id.startsWith("CKV_SECRET_")) return { message: each.check_name, ...place };
  const message = each.resource ? `${each.check_name} (${each.resource})` : each.check_name;
  return { message, ...place, endLine: last };
}
