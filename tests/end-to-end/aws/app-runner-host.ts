import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { startRegistry } from "../../../engine/src/testing/registry.ts";
import type { Subject } from "../environment-contract.ts";
import { startPodman } from "../podman.ts";
import { addMigration, releases } from "../product.ts";
import { Repository } from "../repository.ts";
import { registry as ecr, makeService, putIntoEcr } from "./app-runner-infrastructure.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

/** An App Runner service whose containers are real, a registry, and two releases in it. */
export interface AppRunnerHost {
  readonly aws: StandIn;
  readonly repository: Repository;
  readonly registry: string;
  readonly production: Subject;
  /** a folder for whatever a test writes */
  readonly files: string;
  stop(): void;
}

export async function startAppRunnerHost(): Promise<AppRunnerHost> {
  const cleanUps: (() => void)[] = [];
  const stop = () => {
    for (const cleanUp of cleanUps.reverse()) cleanUp();
  };
  try {
    const files = mkdtempSync(join(tmpdir(), "app-runner-"));
    cleanUps.push(() => rmSync(files, { recursive: true, force: true }));
    const registry = await startRegistry();
    cleanUps.push(registry.stop);
    const podman = await startPodman(registry.address);
    cleanUps.push(podman.stop);
    const aws = await startStandIn({ socket: podman.socket, registry: registry.address });
    cleanUps.push(aws.stop);
    const repository = new Repository(["services/api"]);
    cleanUps.push(() => repository.remove());
    repository.write("kitchen.yaml", settings);
    repository.commit();

    const make = releases(repository, registry, files);
    const release = async (name: string) => {
      const path = await make(name);
      const digest = digestOfImage(path);
      const accept = "application/vnd.oci.image.manifest.v1+json";
      const url = `http://${registry.address}/v2/team/api/manifests/${digest}`;
      const answer = await fetch(url, { headers: { Accept: accept } });
      await putIntoEcr(aws, digest, await answer.text());
      return path;
    };
    const first = await release("first");
    addMigration(repository);
    const second = await release("second");
    await makeService(
      aws,
      {
        KITCHEN_API_HOST: "0.0.0.0",
        KITCHEN_API_DATABASE_URL: "sqlite:////tmp/kitchen.db",
      },
      digestOfImage(first),
    );

    const credentials = join(files, "credentials.json");
    const keys = { AccessKeyId: "AKIAKITCHENTESTS0001", SecretAccessKey: "x".repeat(40) };
    writeFileSync(credentials, JSON.stringify({ Version: 1, ...keys }));
    const access = [
      ...["--aws-credentials", `file://${credentials}`],
      ...["--aws-service", `tcp://127.0.0.1:${aws.port}`],
      ...["--edge-service", `tcp://127.0.0.1:${aws.port}`],
    ];
    return {
      ...{ aws, repository, files, stop, registry: registry.address },
      production: {
        call: (...args) =>
          repository.call("environment", "--name", "production", ...access, ...args),
        url: `http://127.0.0.1:${aws.port}`,
        releases: [first, second],
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

function digestOfImage(release: string): string {
  const { images } = manifest.parse(JSON.parse(readFileSync(release, "utf8")));
  return images[0]?.digest ?? "";
}

const manifest = z.object({ images: z.array(z.object({ digest: z.string() })) });

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
release:
  evidence: [integrationTest, loadTest]
environments:
  production:
    deploy:
      kind: app-runner
      region: eu-central-1
      service: kitchen
      bucket: kitchen-state
      registry: ${ecr}
      migrations: at-start
      resolution: 1
      startTimeout: 60s
rollout:
  steps: [{ weight: 100, soak: 4s, requests: 30 }]
  limits: { errorRate: 5, errorIncrease: 5, percentile: 95, latency: 5, latencyIncrease: 900 }
  confidence: 80
  watch: 4s
`;
