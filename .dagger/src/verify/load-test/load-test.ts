import {
  type Container,
  type Directory,
  dag,
  type File,
  ReturnType,
  type Service,
} from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import type { ReportData, ToolRun } from "../../report/finding.ts";
import { componentLock, LockError } from "../../toolbox/component-lock.ts";
import { moduleDirectory } from "../../toolbox/module-file.ts";
import { componentVenv, pythonComponent, toolVenv, withTool } from "../../toolbox/python.ts";
import type { Target } from "../target.ts";
import { readAccepted, regressions } from "./compare.ts";
import { evidenceSchema } from "./evidence.ts";
import type { LoadOptions } from "./options.ts";
import { measured } from "./report.ts";

/** What a load test left. */
export interface LoadTest {
  readonly report: ReportData;
  /** load-test.json, Locust's own HTML and CSV, its log */
  readonly files: Directory;
}

/** A load test cannot be made of this repository; the message says what is missing. */
export class LoadTestError extends Error {}

/**
 * Loads a target with the repository's own locustfile.
 *
 * @param runId the same id reads the same run
 * @param accepted load-test.json of an earlier run, to compare with
 */
export async function loadTest(
  project: Project,
  target: Target,
  options: LoadOptions,
  runId: string,
  accepted: File | undefined,
): Promise<LoadTest> {
  const before = accepted && readAccepted(await accepted.contents());
  const locustfile = await locustfileOf(project);
  const base = (await generator(project, locustfile))
    .withEnvVariable("KITCHEN_RUN_ID", runId)
    .withEnvVariable("KITCHEN_LOAD_TEST", settings(target, options));
  const done = options.workers > 0 ? swarm(base, target, options, locustfile) : alone();
  const [exitCode, log] = await Promise.all([done.exitCode(), done.stderr()]);
  const files = (await done.exists(outputFolder)) ? done.directory(outputFolder) : dag.directory();
  const text = (await done.exists(evidencePath)) ? await done.file(evidencePath).contents() : "";
  const run = {
    tool: "locust",
    version: /Starting Locust (\S+)/.exec(log)?.[1] ?? "",
    target: target.name,
    exitCode,
    duration: options.warmUp + options.duration,
    log: log.trim().split("\n").slice(-40).join("\n"),
    findings: [],
  };
  const result = text === "" || exitCode !== 0 ? broken(exitCode, log) : judged(text);
  return { report: { stage: "loadTest", runs: [{ ...run, ...result }], accepted: [] }, files };

  function alone(): Container {
    return limited(target.bind(base), options, ["alone", `${options.processes}`, locustfile]);
  }

  function judged(document: string) {
    const evidence = evidenceSchema.parse(JSON.parse(document));
    const worse = before ? regressions(evidence, before, options.maxRegression) : [];
    return measured(evidence, options.thresholds, worse, { path: locustfile });
  }
}

/** Where run.py writes, in its container. */
const outputFolder = "/written";
const evidencePath = `${outputFolder}/load-test.json`;
const python = `${componentVenv}/bin/python`;
const script = "/kitchen/run.py";

/** Seconds that connecting, the last answers and the report may take beside the load itself. */
const grace = 150;

function limited(container: Container, options: LoadOptions, args: readonly string[]): Container {
  const limit = options.warmUp + options.duration + grace;
  return container.withExec(["timeout", "-k", "10", `${limit}`, python, script, ...args], {
    expect: ReturnType.Any,
  });
}

/** A master and workers, each a service of its own; the step only fetches what the master wrote. */
function swarm(
  base: Container,
  target: Target,
  options: LoadOptions,
  locustfile: string,
): Container {
  const master = target
    .bind(base)
    .withExposedPort(5556, { description: "what the master wrote" })
    .withExposedPort(5557, { description: "Locust", experimentalSkipHealthcheck: true })
    .asService({ args: [python, script, "master", `${options.workers}`, locustfile] });
  const workers = Array.from({ length: options.workers }, (_, index): Service => {
    return target
      .bind(base)
      .withEnvVariable("KITCHEN_WORKER", `${index}`)
      .withServiceBinding("master", master)
      .asService({ args: [python, script, "worker", "master", locustfile] });
  });
  const bound = workers.reduce(
    (container, worker, index) => container.withServiceBinding(`worker-${index}`, worker),
    base.withServiceBinding("master", master),
  );
  return limited(bound, options, ["collect", "master"]);
}

async function locustfileOf({ source, config }: Project): Promise<string> {
  const { locustfile } = config.loadTest;
  if (locustfile === undefined) {
    throw new LoadTestError(
      "there is not exactly one locustfile.py in the source: name it in kitchen.yaml, stages.loadTest.locustfile",
    );
  }
  if (await source.exists(locustfile)) return locustfile;
  throw new LoadTestError(
    `kitchen.yaml: stages.loadTest.locustfile: there is no ${locustfile} in the source`,
  );
}

/** The locustfile's component with its own Locust, and what Kitchen adds. */
async function generator({ source, config }: Project, locustfile: string): Promise<Container> {
  const component = config.components
    .filter(({ path }) => path === "." || locustfile.startsWith(`${path}/`))
    .sort((one, other) => other.path.length - one.path.length)[0];
  if (!component) {
    throw new LoadTestError(
      `${locustfile} belongs to no component: its folder needs a pyproject.toml and a lock with locust`,
    );
  }
  const folder = source.directory(component.path);
  const lock = await componentLock(folder, component.path);
  if (!/^locust==/m.test(await lock.contents())) {
    throw new LockError(`${component.path}: locust is not in its lock: ${locustfile} needs it`);
  }
  const at = `/src/${component.path}`;
  const packages = "lib/python3.13/site-packages";
  return (
    withTool(await pythonComponent(lock), "load")
      // Behind the component's own packages, so that none of them is hidden.
      .withNewFile(
        `${componentVenv}/${packages}/kitchen.pth`,
        `${toolVenv}/${packages}\n/kitchen\n`,
      )
      .withDirectory("/kitchen", moduleDirectory("scripts/load_test"))
      .withMountedDirectory(at, folder)
      .withWorkdir("/src")
      .withEnvVariable("PYTHONPATH", `${at}/src`)
  );
}

function settings(target: Target, options: LoadOptions): string {
  return JSON.stringify({
    target: target.url,
    users: options.users,
    spawn_rate: options.spawnRate,
    warm_up: options.warmUp,
    duration: options.duration,
    arrival_rate: options.arrivalRate ?? null,
    generators: options.workers > 0 ? options.workers : options.processes,
    thresholds: options.thresholds,
    output: outputFolder,
  });
}

/** Why no load was made: run.py's own word, or the exception that ended Locust. */
function broken(exitCode: number, log: string): Pick<ToolRun, "outcome" | "reason"> {
  const lines = log.trim().split("\n");
  const last = lines.at(-1) ?? "";
  if (exitCode === 3) return { outcome: "error", reason: last };
  if (exitCode === 124) return { outcome: "error", reason: "took too long and was ended" };
  const raised = lines
    .filter((line) => /^(?:\w+\.)*\w*(?:Error|Exception|Exit)\b/.test(line))
    .at(-1);
  const why = raised ?? lines.filter((line) => line.includes("/ERROR/")).at(-1) ?? last;
  return { outcome: "error", reason: `Locust could not run, exit code ${exitCode}: ${why}` };
}
