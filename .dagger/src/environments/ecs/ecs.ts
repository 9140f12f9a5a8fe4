import type { EcsHost } from "../../config/hosts.ts";
import type { Config } from "../../config.ts";
import { type AwsAccess, asksAws } from "../aws/aws.ts";
import type { Environment } from "../environment.ts";
import { partsOf, serviceOf } from "../parts.ts";
import { scriptedEnvironment } from "../script.ts";

/** Two ECS services behind one Application Load Balancer, and Airflow. */
export function ecsEnvironment(config: Config, about: EcsHost, access: AwsAccess): Environment {
  const { name, service: project, airflow = null, ...place } = about;
  return scriptedEnvironment(
    asksAws({ ...place, project, airflowService: airflow, service: serviceOf(config) }, access),
    (release) => partsOf(config, release),
  );
}
