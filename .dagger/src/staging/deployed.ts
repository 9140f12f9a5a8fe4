import type { Secret, Service } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import { EnvironmentError, operator } from "../environments/environment.ts";
import type { Tested } from "../verify/integration-test/integration-test.ts";
import { targetOf } from "../verify/target.ts";

/** Where an environment answers, as public functions are given it. */
export interface Addresses {
  readonly target: string | undefined;
  readonly service: Service | undefined;
  readonly airflow: string | undefined;
  readonly airflowService: Service | undefined;
  readonly airflowPassword: Secret | undefined;
}

/**
 * What is tested of an environment.
 *
 * @throws EnvironmentError when something of it cannot be reached
 */
export async function deployed({ config }: Project, given: Addresses): Promise<Tested> {
  // Workflows give what is not set as no text.
  const service = await targetOf("service", given.target || undefined, given.service);
  const airflow = await targetOf("airflow", given.airflow || undefined, given.airflowService);
  if (!service) {
    throw new EnvironmentError(
      "where does the environment answer? give --target https://staging.example.com, or a port of this machine as --service tcp://localhost:8080",
    );
  }
  const { dag } = config.integrationTest;
  if (!airflow && dag !== undefined) {
    throw new EnvironmentError(
      `kitchen.yaml: stages.integrationTest.dag is ${dag}, which runs in the environment's Airflow: give --airflow https://airflow.example.com, or --airflow-service tcp://localhost:8090`,
    );
  }
  if (airflow && !given.airflowPassword) {
    throw new EnvironmentError(
      `Airflow's user ${operator} has a password that nobody knows: give one with --airflow-password`,
    );
  }
  return { service, airflow, user: airflow && operator, password: given.airflowPassword };
}
