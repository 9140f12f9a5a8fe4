import * as z from "zod";
import { duration } from "../duration.ts";
import { cleanPath } from "../layout.ts";
import type { Component } from "./components.ts";
import type { Deployment } from "./deployment.ts";

export const integrationTestSchema = z.strictObject({
  timeout: duration.optional().describe("How long starting and the pipeline may take together"),
  service: z
    .string()
    .optional()
    .describe("The component that answers HTTP (default: the one that is deployed as service)"),
  airflow: z
    .string()
    .optional()
    .describe("The component with Airflow and the DAGs (default: the one deployed as airflow)"),
  dag: z.string().optional().describe("The DAG that is run"),
  tests: z.string().min(1).optional().describe("Folder of pytest's tests of what is running"),
  env: z
    .record(z.string(), z.string())
    .optional()
    .describe("Variables of the service in a fresh stack, beside those of its `deploy`"),
});

/** What an integration test starts, runs and asks. */
export interface IntegrationTestConfig {
  /** names of components */
  readonly service: string | undefined;
  readonly airflow: string | undefined;
  readonly dag: string | undefined;
  /** relative to the repository */
  readonly tests: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** What kitchen.yaml says of the integration test, complete. */
export function readIntegrationTest(
  raw: z.infer<typeof integrationTestSchema> = {},
  components: readonly Component[],
): IntegrationTestConfig {
  const deployedAs = (as: Deployment["as"]) =>
    components.find(({ deploy }) => deploy?.as === as)?.name;
  return {
    service: raw.service ?? deployedAs("service"),
    airflow: raw.airflow ?? deployedAs("airflow"),
    dag: raw.dag,
    tests: raw.tests === undefined ? undefined : cleanPath(raw.tests),
    env: raw.env ?? {},
  };
}
