import type { Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { pytest } from "../../checks/tools/pytest.ts";
import type { Component } from "../../config/components.ts";
import type { Finding, TestCase, ToolRun } from "../../report/finding.ts";
import { withFingerprints } from "../../report/fingerprint.ts";

const pipelineSchema = z.object({
  dag: z.string(),
  run: z.string().nullable(),
  state: z.string(),
  problem: z.string().nullable(),
  tasks: z.array(
    z.object({ name: z.string(), state: z.string(), seconds: z.number(), log: z.string() }),
  ),
});

const pytestSchema = z.object({ exitCode: z.number(), log: z.string() });

const schemathesisSchema = pytestSchema.extend({
  operations: z.array(
    z.object({
      name: z.string(),
      seconds: z.number(),
      problems: z.array(z.string()),
      skipped: z.boolean(),
    }),
  ),
});

/** What the script left, and how it ended. */
export interface Written {
  readonly files: Directory;
  readonly exitCode: number;
  readonly log: string;
  readonly component: Component;
  readonly source: Directory;
  /** folder of the component with the DAGs */
  readonly pipeline: string;
  readonly timeout: number;
  readonly dag: string | undefined;
}

/** A run for each tool of the integration test. */
export async function runsOf(written: Written): Promise<ToolRun[]> {
  const { files, exitCode, log, component } = written;
  const names = await files.entries();
  const read = async (name: string) =>
    names.includes(name) ? await files.file(name).contents() : undefined;
  const [pipeline, junit, tests, schema] = await Promise.all(
    ["pipeline.json", "junit.xml", "pytest.json", "schemathesis.json"].map(read),
  );
  const logs = names.includes("logs/") || names.includes("logs") ? await logsOf(files) : "";
  const runs = [
    ...(pipeline
      ? [pipelineRun(pipelineSchema.parse(JSON.parse(pipeline)), logs, written.pipeline)]
      : []),
    ...(written.dag !== undefined && !pipeline && exitCode === 0 ? [noPipeline(written.dag)] : []),
    ...(tests ? [pytestRun(pytestSchema.parse(JSON.parse(tests)), junit, written)] : []),
    ...(schema ? [schemathesisRun(schemathesisSchema.parse(JSON.parse(schema)), component)] : []),
  ];
  if (exitCode === 0) return runs;
  const why =
    exitCode === 124
      ? `took longer than ${written.timeout} s: raise stages.integrationTest.timeout in kitchen.yaml`
      : (log.trim().split("\n").at(-1) ?? `exit code ${exitCode}`);
  return [
    ...runs,
    { ...empty("stack", component.name), outcome: "error", exitCode, reason: why, log: logs },
  ];
}

/** The last lines of each container. */
async function logsOf(files: Directory): Promise<string> {
  const paths = await files.glob("logs/*/*.log");
  const texts = await Promise.all(
    paths.map(async (path) => {
      const text = await files.file(path).contents();
      return `== ${path.split("/").at(-1)}\n${tail(text, 30)}`;
    }),
  );
  return texts.join("\n");
}

function empty(tool: string, target: string): ToolRun {
  return {
    tool,
    version: "",
    target,
    outcome: "clean",
    exitCode: null,
    duration: 0,
    log: "",
    findings: [],
  };
}

function noPipeline(dag: string): ToolRun {
  return { ...empty("airflow", dag), outcome: "not-run", reason: "no Airflow was given" };
}

function pipelineRun(
  { dag, state, problem, tasks }: z.infer<typeof pipelineSchema>,
  logs: string,
  path: string,
): ToolRun {
  const run = {
    ...empty("airflow", dag),
    duration: tasks.reduce((sum, { seconds }) => sum + seconds, 0),
    tests: tasks.map((task) => taskTest(dag, task)),
  };
  if (problem) return { ...run, outcome: "error", reason: problem, log: logs };
  const failed = tasks.filter(({ state }) => state === "failed" || state === "up_for_retry");
  if (failed.length === 0 && state === "success") return run;
  const findings = failed.map(({ name, log }) =>
    finding("airflow", path, `task ${name} of ${dag} failed: ${lastError(log)}`),
  );
  if (findings.length === 0) {
    return { ...run, outcome: "error", reason: `the run of ${dag} is ${state}`, log: logs };
  }
  const log = failed.map((task) => `== task ${task.name}\n${tail(task.log, 60)}`).join("\n");
  return { ...run, outcome: "findings", findings, log: `${log}\n${logs}` };
}

function taskTest(
  dag: string,
  { name, state, seconds, log }: z.infer<typeof pipelineSchema>["tasks"][number],
): TestCase {
  const shared = { suite: dag, name, duration: seconds };
  if (state === "success") return { ...shared, outcome: "passed" };
  if (state === "failed" || state === "up_for_retry") {
    return { ...shared, outcome: "failed", detail: `${lastError(log)}\n${log}` };
  }
  return { ...shared, outcome: "skipped", detail: state };
}

/** The exception that ended a task. */
function lastError(log: string): string {
  const lines = log.trim().split("\n");
  return (
    lines.filter((line) => /^\w*(?:Error|Exception)\w*: /.test(line)).at(-1) ?? lines.at(-1) ?? ""
  );
}

function pytestRun(
  { exitCode, log }: z.infer<typeof pytestSchema>,
  junit: string | undefined,
  { component, source }: Written,
): ToolRun {
  const run = { ...empty("pytest", component.name), exitCode, log: tail(log, 60) };
  // Without the component, whose coverage other tests have to reach.
  const target = { name: component.name, path: component.path, source };
  const output = { stdout: log, stderr: log, exitCode, files: { "junit.xml": junit } };
  const meaning = pytest.exitCodes[exitCode];
  if (!meaning) return { ...run, outcome: "error", reason: `exit code ${exitCode}` };
  const { findings, tests, problem } = pytest.parse(output, target);
  const found = {
    ...run,
    findings: withFingerprints(findings, () => undefined),
    ...(tests ? { tests, duration: tests.reduce((sum, { duration }) => sum + duration, 0) } : {}),
  };
  if (problem) return { ...found, outcome: "error", reason: problem };
  return findings.length > 0 ? { ...found, outcome: "findings" } : { ...found, log: "" };
}

function schemathesisRun(
  { exitCode, log, operations }: z.infer<typeof schemathesisSchema>,
  component: Component,
): ToolRun {
  const run: ToolRun = {
    ...empty("schemathesis", component.name),
    version: /Schemathesis v(\S+)/.exec(log)?.[1] ?? "",
    exitCode,
    log: tail(log, 80),
    duration: operations.reduce((sum, { seconds }) => sum + seconds, 0),
    tests: operations.map(({ name, seconds, problems, skipped }) => ({
      suite: "schemathesis",
      name,
      duration: seconds,
      outcome: problems.length > 0 ? "failed" : skipped ? "skipped" : "passed",
      ...(problems.length > 0 ? { detail: problems.join("\n") } : {}),
    })),
  };
  const findings = operations.flatMap(({ name, problems }) =>
    problems.map((problem) => finding("schemathesis", component.path, `${name}: ${problem}`)),
  );
  if (exitCode > 1 || operations.length === 0) {
    return {
      ...run,
      outcome: "error",
      reason: `schemathesis asked nothing, exit code ${exitCode}`,
    };
  }
  if (exitCode === 1 && findings.length === 0) {
    return { ...run, outcome: "error", reason: "schemathesis failed without saying at what" };
  }
  return findings.length > 0 ? { ...run, outcome: "findings", findings } : { ...run, log: "" };
}

function finding(tool: string, path: string, message: string): Finding {
  return {
    tool,
    rule: "failed",
    level: "error",
    message,
    path,
    line: 1,
    column: 1,
    fingerprint: `${tool}:${path}:${message}`,
  };
}

function tail(text: string, lines: number): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
