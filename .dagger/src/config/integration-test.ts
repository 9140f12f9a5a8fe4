import * as z from "zod";
import { duration } from "../duration.ts";
import { cleanPath } from "../layout.ts";

export const integrationTestSchema = z.strictObject({
  timeout: duration.optional().describe("How long starting and the pipeline may take together"),
  service: z.string().optional().describe("The component that answers HTTP"),
  airflow: z.string().optional().describe("The component with Airflow and the DAGs"),
  dag: z.string().optional().describe("The DAG that is run"),
  tests: z.string().min(1).optional().describe("Folder of pytest's tests of what is running"),
  env: z
    .record(z.string(), z.string())
    .optional()
    .describe("Variables of the service in a fresh stack; PostgreSQL is kitchen@postgres/kitchen"),
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
): IntegrationTestConfig {
  return {
    service: raw.service,
    airflow: raw.airflow,
    dag: raw.dag,
    tests: raw.tests === undefined ? undefined : cleanPath(raw.tests),
    env: raw.env ?? {},
  };
}
