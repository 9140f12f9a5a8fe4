import { dag, type Secret } from "@dagger.io/dagger";
import * as z from "zod";
import type {
  AirflowDeployment,
  Deployment,
  HostConfig,
  ServiceDeployment,
} from "../../config/deployment.ts";
import type { Config } from "../../config.ts";
import { ownWords } from "../../images/why.ts";
import { canonicalJson, digestOf, type Manifest } from "../../release/manifest.ts";
import { supportNames } from "../../release/support-images.ts";
import { isExecError } from "../../toolbox/exec-error.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import {
  changedSchema,
  currentSchema,
  type Environment,
  EnvironmentError,
  logsSchema,
  Overtaken,
  observationSchema,
  recalledSchema,
  removedSchema,
  smokeSchema,
} from "../environment.ts";
import { type HostAccess, withHost } from "./host.ts";

export interface DockerAccess extends HostAccess {
  /** password of Airflow's user `kitchen` (default: one that nobody knows) */
  readonly airflowPassword?: Secret;
  /** what the host logs in with at the images' registry */
  readonly registryUsername?: string;
  readonly registryPassword?: Secret;
}

/** Answer of what only does something. */
const done = z.object({});

/** Exit code of the script. */
const overtaken = 3;

/** Containers on a host with a Docker-compatible API: HAProxy in front of two slots, and Airflow. */
export function dockerEnvironment(
  config: Config,
  about: HostConfig,
  access: DockerAccess,
): Environment {
  const ask = <T extends z.ZodType>(command: string, schema: T, request: object = {}) =>
    run(command, schema, { project: `kitchen-${about.name}`, ...request }, access);
  const shared = {
    address: about.address,
    airflowAddress: about.airflow ?? null,
    limits: { start: about.startTimeout, drain: about.drainTimeout },
  };
  return {
    deploy: (release, slot) =>
      ask("deploy", changedSchema, { ...shared, ...parts(config, release), slot: slot ?? null }),
    misfit(release) {
      try {
        parts(config, release);
        return undefined;
      } catch (error) {
        if (error instanceof EnvironmentError) return error.message;
        throw error;
      }
    },
    setWeights: (weights, revision) =>
      ask("set-weights", changedSchema, { weights, revision: revision ?? null }),
    observe: (seconds) => ask("observe", observationSchema, { seconds }),
    current: () => ask("current", currentSchema),
    logs: (lines) => ask("logs", logsSchema, { lines }),
    smoke: (slot) => ask("smoke", smokeSchema, { slot: slot ?? null }),
    rollback: (release) => ask("rollback", changedSchema, { ...shared, to: release }),
    memory: {
      recall: () => ask("recall", recalledSchema),
      async remember(document, revision, expected) {
        await ask("remember", done, { document, revision, expected: expected ?? null });
      },
      async append(line, before) {
        await ask("append", done, { line, before: before ?? null });
      },
    },
    remove: (data) => ask("remove", removedSchema, { data }),
  };
}

/** What of a release is the service and what is Airflow, as kitchen.yaml says. */
function parts(config: Config, release: Manifest) {
  const of = <D extends Deployment>(as: D["as"]) => {
    const found = config.components.filter(({ deploy }) => deploy?.as === as);
    if (found.length > 1) {
      const names = found.map(({ name }) => name).join(" and ");
      throw new EnvironmentError(`kitchen.yaml: ${names} both deploy as ${as}: one can`);
    }
    const [component] = found;
    if (!component) return null;
    const image = release.images.find(({ name }) => name === component.name);
    if (image) return { ...(component.deploy as D), image: image.reference };
    const there = release.images.map(({ name }) => name).join(", ") || "none";
    throw new EnvironmentError(`the release has no image of ${component.name}: it has ${there}`);
  };
  const service = of<ServiceDeployment>("service");
  if (!service) {
    throw new EnvironmentError(
      "kitchen.yaml: no component says `deploy: {as: service}`: which one gets the traffic?",
    );
  }
  return {
    release: { id: digestOf(canonicalJson(release)), commit: release.commit },
    support: supportOf(release),
    service,
    airflow: of<AirflowDeployment>("airflow"),
  };
}

function supportOf({ support = [] }: Manifest): Record<string, string> {
  const found = Object.fromEntries(support.map(({ name, reference }) => [name, reference]));
  const missing = supportNames.filter((name) => !found[name]);
  if (missing.length === 0) return found;
  throw new EnvironmentError(
    `the release has no ${missing.join(" and ")}: make it with an environment of kind docker in kitchen.yaml`,
  );
}

async function run<T extends z.ZodType>(
  command: string,
  schema: T,
  request: object,
  access: DockerAccess,
): Promise<z.infer<T>> {
  const scripts = dag.currentModule().source().directory("scripts/environment");
  const { registryUsername = "", registryPassword } = access;
  if ((registryUsername === "") !== (registryPassword === undefined)) {
    throw new EnvironmentError("registry-username and registry-password: give both or none");
  }
  let { step, host } = withHost(pythonTool("environment"), access);
  if (registryPassword) {
    step = step.withMountedSecret("/run/secrets/registry-password", registryPassword);
  }
  if (access.airflowPassword) {
    step = step.withMountedSecret("/run/secrets/airflow-password", access.airflowPassword);
  }
  const document = { ...request, host, username: registryUsername };
  try {
    const text = await step
      .withDirectory("/kitchen/environment", scripts)
      .withNewFile("/kitchen/request.json", JSON.stringify(document))
      // What a host holds is no function of what it was asked before: asked anew each time.
      .withEnvVariable("KITCHEN_RUN", crypto.randomUUID())
      .withExec([
        `${toolVenv}/bin/python`,
        "/kitchen/environment",
        command,
        "/kitchen/request.json",
        "/kitchen/result.json",
      ])
      .file("/kitchen/result.json")
      .contents();
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (isExecError(error)) {
      throw new (error.exitCode === overtaken ? Overtaken : EnvironmentError)(ownWords(error));
    }
    throw error;
  }
}
