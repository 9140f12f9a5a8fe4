import type { EcsHost } from "../../config/hosts.ts";
import type { Config } from "../../config.ts";
import type { Manifest } from "../../release/manifest.ts";
import { type AwsAccess, asksAws } from "../aws/aws.ts";
import { type Environment, EnvironmentError } from "../environment.ts";
import { partsOf, serviceOf } from "../parts.ts";
import { readyBy, scriptedEnvironment } from "../script.ts";
import { shiftingOf } from "./shifting.ts";

/**
 * Two ECS services behind one Application Load Balancer, or one whose weights ECS moves, and Airflow.
 */
export function ecsEnvironment(config: Config, about: EcsHost, access: AwsAccess): Environment {
  const { name, service: project, airflow = null, strategy = null, ...place } = about;
  const shifting = strategy && shiftingOf(strategy, config.rollout);
  const plan = shifting && "percent" in shifting ? shifting : null;
  const ask = asksAws(
    { ...place, strategy, plan, project, airflowService: airflow, service: serviceOf(config) },
    access,
  );
  const prepared = (release: Manifest) => {
    if (shifting && "problem" in shifting) throw new EnvironmentError(shifting.problem);
    return partsOf(config, release);
  };
  const environment = scriptedEnvironment(ask, prepared);
  return strategy ? { ...environment, ...readyBy(ask, prepared) } : environment;
}
