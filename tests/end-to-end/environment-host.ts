import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../engine/src/testing/free-port.ts";
import { type Registry, startRegistry } from "../../engine/src/testing/registry.ts";
import type { Place } from "./environment-contract.ts";
import { type Podman, startPodman } from "./podman.ts";
import { migratedByDeploy, releases, service } from "./product.ts";
import { type Ran, Repository } from "./repository.ts";

/** A host of containers with nothing on it, a registry, and a product. */
export interface Host {
  readonly repository: Repository;
  readonly registry: Registry;
  readonly podman: Podman;
  /** a folder for whatever a test writes */
  readonly files: string;
  /** environments of kitchen.yaml */
  readonly staging: Place;
  /** `flags`: how a call says that it is about this one */
  readonly production: Place & { readonly flags: readonly string[] };
  /** everything that any call of an environment wrote */
  said(): string;
  /** runs a function of an environment of kitchen.yaml, on this host or another */
  environment(name: string, socket: string, ...args: readonly string[]): Promise<Ran>;
  /** flags of `staging`: the whole delivery to this host */
  delivery(): string[];
  /** builds and publishes what is in the repository now, and makes a release of it: its file */
  release(name: string): Promise<string>;
  stop(): void;
}

export async function startHost(): Promise<Host> {
  const cleanUps: (() => void)[] = [];
  const files = mkdtempSync(join(tmpdir(), "environments-"));
  cleanUps.push(() => rmSync(files, { recursive: true, force: true }));
  const registry = await startRegistry();
  cleanUps.push(registry.stop);
  const podman = await startPodman(registry.address);
  cleanUps.push(podman.stop);
  const [port, airflowPort, production] = [await freePort(), await freePort(), await freePort()];
  const repository = new Repository(["services/api", "services/airflow", "services/loadtest"]);
  cleanUps.push(() => repository.remove());
  repository.write("kitchen.yaml", settings(port, airflowPort, production, registry.address));
  for (const name of ["staging", "production"]) {
    repository.write(`infra/${name}/main.tf`, infrastructure);
  }
  repository.commit();
  process.env.AIRFLOW_PASSWORD = `planted-${"x".repeat(30)}`;

  let said = "";
  const to = ["--registry-service", `tcp://${registry.address}`];
  const flags = (name: string, socket: string) => [
    ...["environment", "--name", name, "--socket", socket],
    ...["--airflow-password", "env:AIRFLOW_PASSWORD"],
  ];
  const environment = async (name: string, socket: string, ...args: readonly string[]) => {
    const ran = await repository.call(...flags(name, socket), ...args);
    said += ran.stdout + ran.stderr;
    return ran;
  };
  const release = releases(repository, registry, files);
  const place = (name: string, at: number) => ({
    url: `http://127.0.0.1:${at}`,
    flags: flags(name, podman.socket),
    call: (...args: readonly string[]) => environment(name, podman.socket, ...args),
  });
  return {
    ...{ repository, registry, podman, files, environment, release },
    ...{ staging: place("staging", port), production: place("production", production) },
    said: () => said,
    delivery: () => [
      ...["--registry", `${registry.address}/team`, ...to, "--socket", podman.socket],
      ...["--service", `tcp://127.0.0.1:${port}`],
      ...["--airflow-service", `tcp://127.0.0.1:${airflowPort}`],
      ...["--airflow-password", "env:AIRFLOW_PASSWORD"],
    ],
    stop() {
      for (const cleanUp of cleanUps.reverse()) cleanUp();
    },
  };
}

const settings = (port: number, airflow: number, production: number, taken: string) => `components:
${service()}${migratedByDeploy}  airflow:
    path: services/airflow
    deploy:
      as: airflow
  loadtest:
    path: services/loadtest
    image: false
stages:
  integrationTest:
    timeout: 10m
    dag: demand_model
    tests: services/api/integration
  loadTest:
    users: 11
    spawnRate: 11
    warmUp: 3s
    duration: 10s
    thresholds:
      - p95 < 5s
      - errors < 1%
      - rps > 5
release:
  evidence: [integrationTest, loadTest]
rollout:
  steps:
    - {weight: 20, soak: 4s, requests: 50}
    - {weight: 100, soak: 4s, requests: 100}
  # An old version is compared as it was minutes ago, when the machine had nothing else to do.
  limits: {errorRate: 2, errorIncrease: 2, percentile: 95, latency: 2, latencyIncrease: 2000}
  confidence: 90
  patience: 15
  watch: 2s
environments:
  staging:
    path: infra/staging
    state: staging-${port}
    deploy:
      kind: docker
      address: 127.0.0.1:${port}
      airflow: 127.0.0.1:${airflow}
      startTimeout: 180s
      drainTimeout: 5s
  production:
    path: infra/production
    state: production-${port}
    deploy:
      kind: docker
      address: 127.0.0.1:${production}
      startTimeout: 180s
      drainTimeout: 5s
  taken:
    deploy:
      kind: docker
      address: ${taken}
      startTimeout: 20s
`;

const infrastructure = `terraform {
  required_version = ">= 1.11"
}

resource "terraform_data" "bucket" {
  input = "models"
}
`;
