import * as z from "zod";
import type { RawFinding, TestCase } from "../../report/finding.ts";
import { repositoryPath } from "../repository-path.ts";
import type { Parsed, Project, Target, Tool, ToolOutput } from "../tool.ts";
import { terraformErrors } from "./terraform-fmt.ts";
import {
  initFailure,
  inModule,
  missingProvider,
  terraformContainer,
  terraformModules,
} from "./terraform-module.ts";

/** terraform test in every module that has tests. */
export const terraformTest: Tool = {
  name: "terraform-test",
  version: ["terraform", "version"],
  targets: testedModules,
  container: terraformContainer,
  command: (target) => inModule(target, "terraform test -json"),
  exitCodes: { 0: "clean", 1: "findings" },
  notRun: ({ stderr }) => missingProvider(stderr),
  parse,
};

async function testedModules(project: Project): Promise<Target[]> {
  const all = await terraformModules(project);
  const has = await Promise.all(
    all.map(async ({ source, path, name }) => {
      const folder = name === path ? "" : `${path === "." ? name : name.slice(path.length + 1)}/`;
      const [beside, below] = await Promise.all([
        source.glob(`${folder}*.tftest.hcl`),
        source.glob(`${folder}tests/*.tftest.hcl`),
      ]);
      return beside.length + below.length > 0;
    }),
  );
  return all.filter((_, index) => has[index]);
}

const event = z.looseObject({
  type: z.string().optional(),
  "@timestamp": z.string().optional(),
  "@testfile": z.string().optional(),
  "@testrun": z.string().optional(),
  test_run: z
    .object({
      path: z.string(),
      run: z.string(),
      progress: z.string(),
      status: z.enum(["pass", "fail", "error", "skip", "pending"]).optional(),
    })
    .optional(),
  diagnostic: z
    .object({
      severity: z.string(),
      summary: z.string(),
      detail: z.string().default(""),
      range: z
        .object({
          filename: z.string(),
          start: z.object({ line: z.number(), column: z.number() }),
        })
        .optional(),
    })
    .optional(),
});
type Event = z.infer<typeof event>;

const outcomes = {
  pass: "passed",
  fail: "failed",
  error: "error",
  skip: "skipped",
  pending: "skipped",
} as const;

function parse({ stdout, stderr, exitCode }: ToolOutput, target: Target): Parsed {
  const here = { ...target, path: target.name };
  if (!stdout.trimStart().startsWith("{")) {
    const findings = [...terraformErrors(stderr, "terraform-test", here)];
    return findings.length > 0 ? { findings } : { findings, problem: initFailure(stderr) };
  }
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => event.parse(JSON.parse(line)));
  const tests = [...casesOf(events)];
  const findings = events.flatMap((each) => findingOf(each, tests, here));
  if (tests.length === 0 && exitCode === 0) {
    findings.push({
      ...{ tool: "terraform-test", rule: "no-tests", level: "error" },
      message: "terraform test found no run block in the test files",
      ...{ path: target.name, line: 1, column: 1 },
    });
  }
  return { findings, tests };
}

function* casesOf(events: readonly Event[]): Generator<TestCase> {
  const begun = new Map<string, number>();
  for (const { test_run: run, "@timestamp": time = "" } of events) {
    if (!run) continue;
    const name = `${run.path} ${run.run}`;
    if (run.progress === "starting") begun.set(name, Date.parse(time));
    if (run.progress !== "complete" || !run.status) continue;
    const outcome = outcomes[run.status];
    const duration = (Date.parse(time) - (begun.get(name) ?? Date.parse(time))) / 1000;
    const about = events.filter(
      (each) => each["@testfile"] === run.path && each["@testrun"] === run.run && isError(each),
    );
    const detail = about.map((each) => messageOf(each)).join("\n");
    yield { suite: run.path, name: run.run, duration, outcome, ...(detail ? { detail } : {}) };
  }
}

function findingOf(each: Event, tests: readonly TestCase[], target: Target): RawFinding[] {
  const { diagnostic } = each;
  if (!diagnostic || !isError(each)) return [];
  const run = each["@testrun"];
  const test = tests.find(({ suite, name }) => suite === each["@testfile"] && name === run);
  const rule = test ? (test.outcome === "failed" ? "failed" : "error") : "syntax";
  const path = diagnostic.range?.filename ?? each["@testfile"] ?? ".";
  return [
    {
      tool: "terraform-test",
      rule,
      level: "error",
      message: run === undefined ? messageOf(each) : `${run}: ${messageOf(each)}`,
      path: repositoryPath(target, path),
      line: diagnostic.range?.start.line ?? 1,
      column: diagnostic.range?.start.column ?? 1,
    },
  ];
}

function isError({ diagnostic }: Event): boolean {
  return diagnostic?.severity === "error";
}

function messageOf({ diagnostic }: Event): string {
  const { summary = "", detail = "" } = diagnostic ?? {};
  const words = detail.replace(/\s+/g, " ").trim();
  if (summary === "Test assertion failed") return words;
  return words ? `${summary}: ${words}` : summary;
}
