import * as z from "zod";

const path = z.string().regex(/^\//, "a path that begins with /");
const environment = z.record(z.string(), z.string()).describe("Environment variables");
const folder = path.describe("Folder with the published models (default /model)");

/** How the service runs. */
const service = z.strictObject({
  as: z.literal("service"),
  port: z.int().min(1).max(65535).describe("Port that it listens on").optional(),
  health: path.describe("Answers 200 when it can serve (default /healthz)").optional(),
  version: path
    .describe("JSON with release_id and image_digest of what is served (default /version)")
    .optional(),
  metrics: path.describe("Prometheus metrics (default /metrics)").optional(),
  histogram: z.string().describe("Name of the histogram of its requests' seconds").optional(),
  operations: z.array(path).describe("Other routes that are no requests of people").optional(),
  probes: z.array(path).describe("What a smoke test asks for").optional(),
  migrate: z.array(z.string()).min(1).describe("Command that migrates its database").optional(),
  models: folder.optional(),
  env: environment.optional(),
});

/** How Airflow runs. */
const airflow = z.strictObject({
  as: z.literal("airflow"),
  models: folder.optional(),
  runs: path.describe("Folder for the files of its runs (default /opt/airflow/runs)").optional(),
  env: environment.optional(),
});

/** `components.NAME.deploy`: what a component is in an environment. */
export const deploymentSchema = z
  .discriminatedUnion("as", [service, airflow], { error: 'as: "service" or "airflow"' })
  .describe("What it is in an environment: the service that gets traffic, or Airflow");

export type RawDeployment = z.infer<typeof deploymentSchema>;

export interface ServiceDeployment {
  readonly as: "service";
  readonly port: number;
  readonly health: string;
  readonly version: string;
  readonly metrics: string;
  readonly histogram: string;
  readonly operations: readonly string[];
  readonly probes: readonly string[];
  readonly migrate: readonly string[] | null;
  readonly models: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface AirflowDeployment {
  readonly as: "airflow";
  readonly models: string;
  readonly runs: string;
  readonly env: Readonly<Record<string, string>>;
}

export type Deployment = ServiceDeployment | AirflowDeployment;

/** What kitchen.yaml says and the defaults. */
export function deploymentOf(raw: RawDeployment): Deployment {
  const shared = { models: raw.models ?? "/model", env: raw.env ?? {} };
  if (raw.as === "airflow") {
    return { ...shared, as: raw.as, runs: raw.runs ?? "/opt/airflow/runs" };
  }
  return {
    ...shared,
    as: raw.as,
    port: raw.port ?? 8000,
    health: raw.health ?? "/healthz",
    version: raw.version ?? "/version",
    metrics: raw.metrics ?? "/metrics",
    histogram: raw.histogram ?? "http_request_duration_seconds",
    operations: raw.operations ?? [],
    probes: raw.probes ?? [],
    migrate: raw.migrate ?? null,
  };
}
