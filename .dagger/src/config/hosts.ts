import * as z from "zod";
import { duration, toSeconds } from "../duration.ts";

const address = z
  .string()
  .regex(
    /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}$/,
    "an address such as 127.0.0.1:8080",
  );
const url = z
  .string()
  .regex(/^https?:\/\/[^/]+\/?$/, "an address such as https://staging.example.com");
const limits = {
  startTimeout: duration.optional().describe("How long a release may take until it is well"),
  drainTimeout: duration.optional().describe("How long requests may take to end (default 30s)"),
};
const region = z
  .string()
  .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "a region such as eu-central-1")
  .describe("Region of AWS");
const name = z.string().min(1, "a name is needed");

const docker = z
  .strictObject({
    kind: z.literal("docker"),
    address: address.optional().describe("Where the host listens for people"),
    airflow: address.optional().describe("Where it listens for Airflow's users (default: nowhere)"),
    ...limits,
  })
  .describe("A host with a Docker-compatible API");

const ecs = z
  .strictObject({
    kind: z.literal("ecs"),
    region,
    cluster: name.describe("The ECS cluster"),
    service: name.describe("Its ECS services are NAME-blue and NAME-green"),
    airflow: name.optional().describe("Airflow's ECS service (default: none)"),
    bucket: name.describe("S3 bucket that remembers rollouts, below rollouts/"),
    address: url.describe("Where people reach the service"),
    tasks: z.int().min(1).max(1000).optional().describe("Tasks that a slot has (default 2)"),
    resolution: z
      .union([z.literal([1, 5, 10, 30]), z.int().multipleOf(60)], {
        error: "1, 5, 10, 30 or a multiple of 60",
      })
      .optional()
      .describe("Seconds between CloudWatch's data points (default 60: a load balancer's)"),
    ...limits,
  })
  .describe("ECS services behind an Application Load Balancer");

/** `environments.NAME.deploy`: where its releases run. */
export const hostSchema = z
  .discriminatedUnion("kind", [docker, ecs], { error: 'kind: "docker" or "ecs"' })
  .describe("Where its releases run");

interface Host {
  /** the environment's */
  readonly name: string;
  /** seconds */
  readonly startTimeout: number;
  readonly drainTimeout: number;
}

export interface DockerHost extends Host {
  readonly kind: "docker";
  /** `127.0.0.1:8080`: where people reach it */
  readonly address: string;
  readonly airflow: string | undefined;
}

export interface EcsHost extends Host {
  readonly kind: "ecs";
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  readonly airflow: string | undefined;
  readonly bucket: string;
  /** `https://staging.example.com`: where people reach it */
  readonly address: string;
  readonly tasks: number;
  /** seconds */
  readonly resolution: number;
}

/** Where an environment's releases run. */
export type HostConfig = DockerHost | EcsHost;

type RawHost = z.infer<typeof hostSchema>;

interface Said {
  readonly deploy?: RawHost | undefined;
}

/** The environments that releases can be deployed to. */
export function hostsOf(environments: Readonly<Record<string, Said>> = {}): HostConfig[] {
  return Object.entries(environments).flatMap(([name, { deploy }]) =>
    deploy === undefined ? [] : [hostOf(name, deploy)],
  );
}

/** What kitchen.yaml says and the defaults. */
function hostOf(name: string, raw: RawHost): HostConfig {
  const limits = (start: string) => ({
    startTimeout: toSeconds(raw.startTimeout ?? start),
    drainTimeout: toSeconds(raw.drainTimeout ?? "30s"),
  });
  if (raw.kind === "docker") {
    const { kind, address = "127.0.0.1:8080", airflow } = raw;
    return { name, kind, address, airflow, ...limits("3m") };
  }
  const { airflow, tasks = 2, resolution = 60 } = raw;
  const address = raw.address.replace(/\/$/, "");
  return { ...raw, name, address, airflow, tasks, resolution, ...limits("10m") };
}
