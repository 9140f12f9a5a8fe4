import { type Container, type Directory, dag, ReturnType, type Secret } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import type { Component } from "../../config/components.ts";
import type { ReportData, ToolRun } from "../../report/finding.ts";
import { componentLock } from "../../toolbox/component-lock.ts";
import { type ExecError, isExecError } from "../../toolbox/exec-error.ts";
import { moduleDirectory } from "../../toolbox/module-file.ts";
import { componentVenv, pythonComponent, withTool } from "../../toolbox/python.ts";
import type { Target } from "../target.ts";
import { runsOf } from "./report.ts";

/** What is tested, where it runs. */
export interface Tested {
  readonly service: Target;
  /** undefined: no pipeline is run */
  readonly airflow: Target | undefined;
  /** Airflow's user (default: Airflow lets everybody in) */
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  /** adds what only a stack of our own has: logs and volumes */
  withFiles?(container: Container): Container;
}

export interface IntegrationTest {
  readonly report: ReportData;
  /** what the tools wrote, and the containers' logs */
  readonly files: Directory;
}

/** The tests cannot be run as kitchen.yaml says; the message says what is missing. */
export class IntegrationTestError extends Error {}

const output = "/written";

/**
 * Runs the pipeline, then the API's tests and its schema's, against what is running.
 *
 * @param runId the same id reads the same run
 */
export async function integrationTest(
  project: Project,
  tested: Tested,
  runId: string,
): Promise<IntegrationTest> {
  const { tests, dag: dagName } = project.config.integrationTest;
  const timeout = project.config.timeouts.integrationTest;
  const component = await testedBy(project, tests);
  const at = `/src/${component.path}`;
  const lock = await componentLock(project.source.directory(component.path), component.path);
  const airflow = dagName === undefined ? undefined : tested.airflow;
  const settings = {
    output,
    service: tested.service.url,
    airflow: airflow?.url ?? null,
    dag: dagName ?? null,
    user: tested.user ?? null,
    component: at,
    tests: tests === undefined ? null : `/src/${tests}`,
    timeout,
  };
  const prepared = withTool(await pythonComponent(lock), "schemathesis")
    .withDirectory("/kitchen/integration", moduleDirectory("scripts/integration"))
    .withMountedDirectory(at, project.source.directory(component.path))
    .withEnvVariable("KITCHEN_RUN_ID", runId)
    .withEnvVariable("INTEGRATION", JSON.stringify(settings));
  const bound = tested.service.bind(airflow?.bind(prepared) ?? prepared);
  const secret = tested.password
    ? bound.withSecretVariable("AIRFLOW_PASSWORD", tested.password)
    : bound;
  const done = (tested.withFiles?.(secret) ?? secret).withExec(
    // Longer than the script's own limit, which knows what it waits for.
    ["timeout", "-k", "10", `${timeout + grace}`, `${componentVenv}/bin/python`, script],
    { expect: ReturnType.Any },
  );
  try {
    const [exitCode, log] = await Promise.all([done.exitCode(), done.stderr()]);
    const files = (await done.exists(output)) ? done.directory(output) : dag.directory();
    const runs = await runsOf({
      files,
      exitCode,
      log,
      component,
      source: project.source.directory(component.path),
      pipeline: pipelinePath(project),
      timeout,
      dag: dagName,
    });
    return { report: { stage: "integrationTest", runs, accepted: [] }, files };
  } catch (error) {
    if (!isExecError(error)) throw error;
    return {
      report: { stage: "integrationTest", runs: [notStarted(error)], accepted: [] },
      files: dag.directory(),
    };
  }
}

const script = "/kitchen/integration/run.py";

/** Seconds that the tests after the pipeline may take beside the limit. */
const grace = 120;

/** The component that the tests belong to, else the one whose service is tested. */
async function testedBy(
  { source, config }: Project,
  tests: string | undefined,
): Promise<Component> {
  const { service } = config.integrationTest;
  const found = config.components
    .filter(({ name, path }) =>
      tests === undefined ? name === service : path === "." || tests.startsWith(`${path}/`),
    )
    .sort((one, other) => other.path.length - one.path.length)[0];
  if (!found) {
    throw new IntegrationTestError(
      "kitchen.yaml: stages.integrationTest: name the folder of the tests (tests) or the component of the service (service)",
    );
  }
  if (tests === undefined || (await source.exists(tests))) return found;
  throw new IntegrationTestError(
    `kitchen.yaml: stages.integrationTest.tests: there is no ${tests} in the source`,
  );
}

function pipelinePath({ config }: Project): string {
  const { airflow } = config.integrationTest;
  return config.components.find(({ name }) => name === airflow)?.path ?? ".";
}

/** A part of the stack ended before it answered. */
function notStarted({ cmd, exitCode, stdout, stderr }: ExecError): ToolRun {
  return {
    tool: "stack",
    version: "",
    target: "start",
    outcome: "error",
    exitCode,
    duration: 0,
    reason: `did not start: ${cmd.join(" ")}: exit code ${exitCode}`,
    log: `${stdout}\n${stderr}`.trim().split("\n").slice(-40).join("\n"),
    findings: [],
  };
}
