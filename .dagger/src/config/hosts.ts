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

const resolution = z
  .union([z.literal([1, 5, 10, 30]), z.int().multipleOf(60)], {
    error: "1, 5, 10, 30 or a multiple of 60",
  })
  .optional()
  .describe("Seconds between CloudWatch's data points (default 60)");

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
    service: name.describe(
      "Its ECS services are NAME-blue and NAME-green; with `strategy` there is one, NAME",
    ),
    strategy: z
      .enum(["canary", "linear"], { error: '"canary" or "linear"' })
      .optional()
      .describe("ECS moves the weights, so (default: the rollout does)"),
    airflow: name.optional().describe("Airflow's ECS service (default: none)"),
    bucket: name.describe("S3 bucket that remembers rollouts, below rollouts/"),
    address: url.describe("Where people reach the service"),
    tasks: z.int().min(1).max(1000).optional().describe("Tasks that a slot has (default 2)"),
    resolution,
    ...limits,
  })
  .describe("ECS services behind an Application Load Balancer");

const file = z
  .string()
  .regex(/^[^/].*$/, "a path below the folder of the DAGs")
  .optional();

const mwaa = z
  .strictObject({
    kind: z.literal("mwaa", { error: 'kind: "mwaa"' }),
    environment: name.describe("Name of the MWAA environment"),
    folder: z
      .string()
      .regex(/^[^/](?:.*[^/])?$/, "a folder such as dags")
      .optional()
      .describe("Folder of its bucket that the bundles are in (default dags)"),
    requirements: file.describe("Its requirements.txt, below the folder of the DAGs"),
    plugins: file.describe("Its plugins.zip, below the folder of the DAGs"),
    updateTimeout: duration.optional().describe("How long an update of it may take (default 60m)"),
  })
  .describe("Airflow by MWAA, which takes its DAGs from S3");

const appRunner = z
  .strictObject({
    kind: z.literal("app-runner"),
    region,
    service: name.describe("The App Runner service"),
    airflow: mwaa.optional(),
    bucket: name.describe("S3 bucket that remembers rollouts, below rollouts/"),
    address: url.optional().describe("Where people reach the service (default: App Runner's own)"),
    registry: z
      .string()
      .regex(/^\d{12}\.dkr[.-]ecr\.[^/]+(?:\/[^/@]+)*$/, "an address in ECR")
      .optional()
      .describe("Where ECR has the images, when releases are published elsewhere"),
    migrations: z
      .literal("at-start", { error: '"at-start": App Runner runs no command of its own' })
      .optional()
      .describe("The service migrates its database when it starts"),
    resolution,
    startTimeout: limits.startTimeout,
  })
  .describe("An App Runner service: all traffic at once, by digest");

/** `environments.NAME.deploy`: where its releases run. */
export const hostSchema = z
  .discriminatedUnion("kind", [docker, ecs, appRunner], {
    error: 'kind: "docker", "ecs" or "app-runner"',
  })
  .describe("Where its releases run");

interface Host {
  /** the environment's */
  readonly name: string;
  /** seconds */
  readonly startTimeout: number;
}

export interface DockerHost extends Host {
  readonly kind: "docker";
  /** seconds */
  readonly drainTimeout: number;
  /** `127.0.0.1:8080`: where people reach it */
  readonly address: string;
  readonly airflow: string | undefined;
}

export interface EcsHost extends Host {
  readonly kind: "ecs";
  /** seconds */
  readonly drainTimeout: number;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  /** how ECS moves the weights; undefined: the rollout does */
  readonly strategy: "canary" | "linear" | undefined;
  readonly airflow: string | undefined;
  readonly bucket: string;
  /** `https://staging.example.com`: where people reach it */
  readonly address: string;
  readonly tasks: number;
  /** seconds */
  readonly resolution: number;
}

/** Airflow by MWAA. */
export interface MwaaConfig {
  readonly kind: "mwaa";
  readonly environment: string;
  readonly folder: string;
  /** below the folder of the DAGs */
  readonly requirements: string | null;
  readonly plugins: string | null;
  /** seconds */
  readonly updateTimeout: number;
}

export interface AppRunnerHost extends Host {
  readonly kind: "app-runner";
  readonly region: string;
  readonly service: string;
  readonly airflow: MwaaConfig | undefined;
  readonly bucket: string;
  /** undefined: App Runner's own */
  readonly address: string | undefined;
  /** undefined: releases are published there */
  readonly registry: string | undefined;
  readonly migrations: "at-start" | undefined;
  /** seconds */
  readonly resolution: number;
}

/** Where an environment's releases run. */
export type HostConfig = DockerHost | EcsHost | AppRunnerHost;

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
  const startTimeout = (usual: string) => toSeconds(raw.startTimeout ?? usual);
  if (raw.kind === "app-runner") {
    const { airflow, address, registry, migrations, resolution = 60 } = raw;
    return {
      ...{ ...raw, name, registry, migrations, resolution, startTimeout: startTimeout("20m") },
      address: address && withoutSlash(address),
      airflow: airflow && mwaaOf(airflow),
    };
  }
  const drainTimeout = toSeconds(raw.drainTimeout ?? "30s");
  if (raw.kind === "docker") {
    const { kind, address = "127.0.0.1:8080", airflow } = raw;
    return { name, kind, address, airflow, startTimeout: startTimeout("3m"), drainTimeout };
  }
  const { strategy, airflow, tasks = 2, resolution = 60 } = raw;
  const times = { startTimeout: startTimeout("10m"), drainTimeout };
  const address = withoutSlash(raw.address);
  return { ...raw, name, address, strategy, airflow, tasks, resolution, ...times };
}

function mwaaOf({ folder = "dags", updateTimeout = "60m", ...raw }: z.infer<typeof mwaa>) {
  const { requirements = null, plugins = null } = raw;
  return { ...raw, folder, requirements, plugins, updateTimeout: toSeconds(updateTimeout) };
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}
