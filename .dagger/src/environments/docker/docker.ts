import { dag, type Secret } from "@dagger.io/dagger";
import type * as z from "zod";
import type { DockerHost } from "../../config/hosts.ts";
import type { Config } from "../../config.ts";
import type { Manifest } from "../../release/manifest.ts";
import { supportNames } from "../../release/support-images.ts";
import { pythonTool } from "../../toolbox/python.ts";
import { type Environment, EnvironmentError } from "../environment.ts";
import { partsOf } from "../parts.ts";
import { runScript, scriptedEnvironment } from "../script.ts";
import { type HostAccess, withHost } from "./host.ts";

export interface DockerAccess extends HostAccess {
  /** password of Airflow's user `kitchen` (default: one that nobody knows) */
  readonly airflowPassword?: Secret;
  /** what the host logs in with at the images' registry */
  readonly registryUsername?: string;
  readonly registryPassword?: Secret;
}

/** Containers on a host with a Docker-compatible API: HAProxy in front of two slots, and Airflow. */
export function dockerEnvironment(
  config: Config,
  about: DockerHost,
  access: DockerAccess,
): Environment {
  const shared = {
    project: `kitchen-${about.name}`,
    address: about.address,
    airflowAddress: about.airflow ?? null,
    limits: { start: about.startTimeout, drain: about.drainTimeout },
  };
  return scriptedEnvironment(
    (command, schema, request) => run(command, schema, { ...shared, ...request }, access),
    (release) => ({ ...partsOf(config, release), support: supportOf(release) }),
  );
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
  let { step, host } = withHost(await pythonTool("environment"), access);
  if (registryPassword) {
    step = step.withMountedSecret("/run/secrets/registry-password", registryPassword);
  }
  if (access.airflowPassword) {
    step = step.withMountedSecret("/run/secrets/airflow-password", access.airflowPassword);
  }
  const document = { ...request, host, username: registryUsername };
  return runScript(step, scripts, command, document, schema);
}
