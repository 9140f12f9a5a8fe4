import { XMLParser } from "fast-xml-parser";
import * as z from "zod";
import type { RawFinding, TestCase } from "../../report/finding.ts";
import { componentLock, LockError } from "../../toolbox/component-lock.ts";
import { componentVenv, pythonComponent } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { components } from "../targets.ts";
import { outputFolder, type Parsed, type Target, type Tool, type ToolOutput } from "../tool.ts";

/**
 * pytest with coverage, in the component's own environment. 1: failed tests, 2: modules that cannot
 * be collected, 4: a conftest.py that cannot be loaded (or a usage error), 5: no tests.
 */
export const pytest: Tool = {
  name: "pytest",
  version: [`${componentVenv}/bin/python`, "-m", "pytest", "--version"],
  targets: components,
  async container(target) {
    const lock = await componentLock(target.source, target.path);
    const text = await lock.contents();
    for (const needed of ["pytest", "pytest-cov"]) {
      if (new RegExp(`^${needed}==`, "m").test(text)) continue;
      throw new LockError(
        `${target.path}: ${needed} is not in its lock: add it to the dev dependencies in pyproject.toml and make the lock anew`,
      );
    }
    return pythonComponent(lock);
  },
  command: () => [
    `${componentVenv}/bin/python`,
    ...["-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"],
    ...[`--junitxml=${outputFolder}/junit.xml`, "--cov"],
    ...["--cov-report=", `--cov-report=json:${outputFolder}/coverage.json`],
  ],
  outputs: ["junit.xml", "coverage.json"],
  exitCodes: { 0: "clean", 1: "findings", 2: "findings", 4: "findings", 5: "findings" },
  parse,
};

const text = z.union([z.string(), z.number()]).transform(String);
const problem = z
  .union([text, z.object({ "#text": text.optional(), "@message": text.optional() })])
  .transform((value) => (typeof value === "string" ? { "#text": value } : value));

const testcase = z.object({
  "@classname": text.default(""),
  "@name": text.default(""),
  "@file": text.optional(),
  "@line": text.optional(),
  "@time": text.default("0"),
  failure: z.array(problem).optional(),
  error: z.array(problem).optional(),
  skipped: z.array(problem).optional(),
});

const junitSchema = z.object({
  testsuites: z.object({
    testsuite: z.array(z.object({ testcase: z.array(testcase).default([]) })).default([]),
  }),
});

const coverageSchema = z.object({ totals: z.object({ percent_covered: z.number() }) });

const lists = ["testsuite", "testcase", "failure", "error", "skipped"];

const reader = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  htmlEntities: true,
  isArray: (name) => lists.includes(name),
});

function parse({ files, stderr, exitCode }: ToolOutput, target: Target): Parsed {
  const xml = files["junit.xml"];
  if (!xml) {
    const findings = [...unloadable(stderr, target)];
    return findings.length > 0 ? { findings } : { findings, problem: "pytest wrote no report" };
  }
  const suites = junitSchema.parse(reader.parse(xml)).testsuites.testsuite;
  const cases = suites.flatMap((suite) => suite.testcase);
  const findings = cases.flatMap((each) => failureOf(each, target));
  if (exitCode === 5) {
    findings.push(finding(target, "no-tests", "pytest found no tests", "pyproject.toml", 1));
  }
  const report = files["coverage.json"];
  const coverage = report
    ? coverageSchema.parse(JSON.parse(report)).totals.percent_covered
    : undefined;
  const least = target.component?.coverage;
  if (least !== undefined && coverage !== undefined && coverage < least) {
    // Rounded down: 89.96 is not the 90.0 that was asked for.
    const percent = (Math.floor(coverage * 10) / 10).toFixed(1);
    const message = `tests run ${percent} % of the lines, less than the ${least} % in kitchen.yaml`;
    findings.push(finding(target, "coverage", message, "pyproject.toml", 1));
  }
  const unknown = least !== undefined && coverage === undefined && exitCode < 2;
  return {
    findings,
    ...(unknown ? { problem: "pytest wrote no coverage: is pytest-cov switched off?" } : {}),
    tests: cases.map(testCase),
    ...(coverage === undefined ? {} : { coverage }),
  };
}

type Case = z.infer<typeof testcase>;

function failureOf(each: Case, target: Target): RawFinding[] {
  const failed = each.failure ?? each.error;
  if (!failed) return [];
  const detail = failed.map((part) => part["#text"] ?? "").join("\n");
  const message = failed[0] && "@message" in failed[0] ? failed[0]["@message"] : undefined;
  const name = [each["@classname"], each["@name"]].filter(Boolean).join(".");
  const place = placeOf(each, detail);
  const said = message === "collection failure" ? raised(detail) : message;
  const summary = (said ?? detail).split("\n", 1)[0];
  const rule = each.failure ? "failed" : "error";
  return [finding(target, rule, `${name}: ${summary}`, place.path, place.line)];
}

/** The exception at the end of a traceback. */
function raised(detail: string): string | undefined {
  return [...detail.matchAll(/^E {3}(\S.*)$/gm)].at(-1)?.[1];
}

/** A conftest.py that cannot be loaded ends pytest before there is a report. */
function* unloadable(log: string, target: Target): Generator<RawFinding> {
  const path = /^ImportError while loading conftest '(.+)'\.$/ms.exec(log)?.[1];
  if (path === undefined) return;
  const place = placeIn(log) ?? { path, line: 1 };
  const why = raised(log) ?? "cannot be loaded";
  yield finding(target, "error", `conftest.py: ${why}`, place.path, place.line);
}

/** Where a traceback ends in the component's own files, else where the test stands. */
function placeOf(each: Case, detail: string): { path: string; line: number } {
  const module = each["@name"].includes("/") ? each["@name"] : undefined;
  const path = each["@file"] ?? module ?? "pyproject.toml";
  return placeIn(detail) ?? { path, line: Number(each["@line"] ?? 0) + 1 };
}

/** The last place in a traceback that is in the repository: a syntax error, or a frame. */
function placeIn(traceback: string): { path: string; line: number } | undefined {
  const syntax = [...traceback.matchAll(/^E {5}File "(\/src\/[^"\n]+)", line (\d+)/gm)];
  const frames = [...traceback.matchAll(/^(?!\/|\.\.\/)([^\s:<][^:\n]*\.py):(\d+)/gm)];
  const last = syntax.at(-1) ?? frames.at(-1);
  return last && { path: last[1] as string, line: Number(last[2]) };
}

function finding(
  target: Target,
  rule: string,
  message: string,
  path: string,
  line: number,
): RawFinding {
  const place = repositoryPath(target, path);
  return { tool: "pytest", rule, level: "error", message, path: place, line, column: 1 };
}

function testCase(each: Case): TestCase {
  const outcome = each.failure
    ? "failed"
    : each.error
      ? "error"
      : each.skipped
        ? "skipped"
        : "passed";
  const parts = each.failure ?? each.error ?? each.skipped ?? [];
  const detail = parts.map((part) => part["#text"] ?? "").join("\n");
  return {
    suite: each["@classname"],
    name: each["@name"],
    duration: Number(each["@time"]),
    outcome,
    ...(detail ? { detail } : {}),
  };
}
