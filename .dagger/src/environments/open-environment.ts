import type { HostConfig } from "../config/hosts.ts";
import type { Config } from "../config.ts";
import { nearest } from "../did-you-mean.ts";
import { type AppRunnerAccess, appRunnerEnvironment } from "./app-runner/app-runner.ts";
import { type DockerAccess, dockerEnvironment } from "./docker/docker.ts";
import { ecsEnvironment } from "./ecs/ecs.ts";
import { type Environment, EnvironmentError } from "./environment.ts";

/** What gets at an environment, whatever its kind. */
export interface EnvironmentAccess extends DockerAccess, AppRunnerAccess {}

/** The environment of a name in kitchen.yaml. */
export function openEnvironment(
  config: Config,
  name: string,
  access: EnvironmentAccess,
): Environment {
  const about = named(config, name);
  switch (about.kind) {
    case "docker":
      return dockerEnvironment(config, about, access);
    case "ecs":
      return ecsEnvironment(config, about, access);
    case "app-runner":
      return appRunnerEnvironment(config, about, access);
  }
}

/** @throws EnvironmentError when kitchen.yaml does not say where its releases run */
export function named({ hosts }: Config, name: string): HostConfig {
  const found = hosts.find((each) => each.name === name);
  if (found) return found;
  const names = hosts.map((each) => each.name);
  const near = nearest(name, names);
  const hint = near ? `did you mean ${near}?` : `there are ${names.join(", ") || "none"}`;
  throw new EnvironmentError(`kitchen.yaml: no environment ${name} to deploy to: ${hint}`);
}
