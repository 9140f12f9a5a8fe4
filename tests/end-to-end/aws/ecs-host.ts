import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { freePort } from "../../../engine/src/testing/free-port.ts";
import { type Registry, startRegistry } from "../../../engine/src/testing/registry.ts";
import type { Subject } from "../environment-contract.ts";
import { startPodman } from "../podman.ts";
import { addMigration, releases } from "../product.ts";
import { Repository } from "../repository.ts";
import { ecr, makeInfrastructure, project } from "./ecs-infrastructure.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

/** A region of AWS with what infra/modules/service makes, a registry, and two releases in it. */
export interface EcsHost {
  readonly aws: StandIn;
  readonly repository: Repository;
  readonly registry: Registry;
  readonly production: Subject;
  /** a folder for whatever a test writes */
  readonly files: string;
  /** flags of an environment on this AWS */
  readonly access: readonly string[];
  /** the service's database is here: nothing that is written may hold this */
  readonly secret: string;
  /** everything that any call of an environment wrote */
  said(): string;
  /** a release of what is in the repository now: its file, and the same with its images in ECR */
  release(name: string): Promise<{ readonly path: string; readonly replicated: string }>;
  stop(): void;
}

export async function startEcsHost(): Promise<EcsHost> {
  const cleanUps: (() => void)[] = [];
  const stop = () => {
    for (const cleanUp of cleanUps.reverse()) cleanUp();
  };
  try {
    const files = mkdtempSync(join(tmpdir(), "ecs-"));
    cleanUps.push(() => rmSync(files, { recursive: true, force: true }));
    const registry = await startRegistry();
    cleanUps.push(registry.stop);
    const podman = await startPodman(registry.address);
    cleanUps.push(podman.stop);
    const aws = await startStandIn({ socket: podman.socket, registry: registry.address });
    cleanUps.push(aws.stop);
    const port = await freePort();
    const repository = new Repository(["services/api"]);
    cleanUps.push(() => repository.remove());
    repository.write("kitchen.yaml", settings);
    repository.commit();

    const make = releases(repository, registry, files);
    const release = async (name: string) => {
      const path = await make(name);
      const text = readFileSync(path, "utf8");
      await putIntoEcr(aws, registry, text);
      const replicated = join(files, `${name}-ecr.json`);
      writeFileSync(replicated, text.replaceAll(registry.address, ecr));
      return { path, replicated };
    };
    const first = await release("first");
    addMigration(repository);
    const second = await release("second");

    const secret = `sqlite:////data/${"x".repeat(30)}.db`;
    await makeInfrastructure(aws, secret);
    await aws.edge(haproxyOf(first.path), port);

    const credentials = join(files, "credentials.json");
    const keys = { AccessKeyId: "AKIAKITCHENTESTS0001", SecretAccessKey: "x".repeat(40) };
    writeFileSync(credentials, JSON.stringify({ Version: 1, ...keys }));
    const access = [
      ...["--aws-credentials", `file://${credentials}`],
      ...["--aws-service", `tcp://127.0.0.1:${aws.port}`],
      ...["--edge-service", `tcp://127.0.0.1:${port}`],
    ];
    let said = "";
    const call = async (...args: readonly string[]) => {
      const ran = await repository.call("environment", "--name", "production", ...access, ...args);
      said += ran.stdout + ran.stderr;
      return ran;
    };
    const production = {
      call,
      url: `http://127.0.0.1:${port}`,
      releases: [first.replicated, second.replicated],
    } as const;
    return {
      ...{ aws, repository, registry, production, files, access, secret, release, stop },
      said: () => said,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

const manifest = z.object({
  images: z.array(z.object({ name: z.string(), digest: z.string() })),
  support: z.array(z.object({ name: z.string(), reference: z.string() })),
});

/** ECR knows the image, by the manifest that the registry has. */
async function putIntoEcr(aws: StandIn, registry: Registry, release: string): Promise<void> {
  const { digest } = manifest.parse(JSON.parse(release)).images[0] ?? { digest: "" };
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const url = `http://${registry.address}/v2/team/api/manifests/${digest}`;
  const answer = await fetch(url, { headers: { Accept: accept } });
  const repositoryName = "team/api";
  const { repositories } = z
    .object({ repositories: z.array(z.unknown()) })
    .parse(await aws.call("ecr", "describe_repositories"));
  if (repositories.length === 0) await aws.call("ecr", "create_repository", { repositoryName });
  await aws.call("ecr", "put_image", {
    ...{ repositoryName, imageDigest: digest, imageManifestMediaType: accept },
    imageManifest: await answer.text(),
  });
}

function haproxyOf(release: string): string {
  const { support } = manifest.parse(JSON.parse(readFileSync(release, "utf8")));
  const found = support.find(({ name }) => name === "haproxy");
  expect(found).toBeDefined();
  return found?.reference ?? "";
}

const settings = `components:
  api:
    path: services/api
    deploy:
      as: service
      operations: [/readyz]
      probes: [/menu, "/orders?limit=1"]
      migrate: [python, -m, kitchen_api.migrate]
      env:
        KITCHEN_API_DATABASE_URL_FILE: /kitchen/database-url
        KITCHEN_API_RELEASE_ID_FILE: /kitchen/release-id
        KITCHEN_API_IMAGE_DIGEST_FILE: /kitchen/image-digest
        KITCHEN_API_MIGRATE: "false"
release:
  evidence: [integrationTest, loadTest]
rollout:
  steps:
    - {weight: 20, soak: 5s, requests: 20}
    - {weight: 100, soak: 5s, requests: 50}
  limits: {errorRate: 2, errorIncrease: 2, percentile: 95, latency: 2, latencyIncrease: 400}
  confidence: 90
  patience: 15
  watch: 5s
environments:
  production:
    deploy:
      kind: ecs
      region: eu-central-1
      cluster: kitchen-production
      service: ${project}
      bucket: kitchen-production-artifacts
      address: http://example.com
      tasks: 1
      resolution: 5
      startTimeout: 180s
  host:
    deploy:
      kind: docker
`;
