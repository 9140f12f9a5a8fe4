import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { freePort } from "../../../engine/src/testing/free-port.ts";
import type { Subject } from "../environment-contract.ts";
import { migratedByDeploy, service } from "../product.ts";
import { type AwsHost, accessTo, imageOf, madeOn, startAwsHost, twoReleases } from "./aws-host.ts";
import { ecr, makeInfrastructure, project } from "./ecs-infrastructure.ts";

/** A region of AWS with what infra/modules/service makes, a registry, and two releases in it. */
export interface EcsHost extends AwsHost {
  readonly production: Subject;
  /** flags of an environment on this AWS */
  readonly access: readonly string[];
  /** the service's database is here: nothing that is written may hold this */
  readonly secret: string;
  /** everything that any call of an environment wrote */
  said(): string;
  /** a release of what is in the repository now: its file, and the same with its images in ECR */
  release(name: string): Promise<{ readonly path: string; readonly replicated: string }>;
}

export function startEcsHost(): Promise<EcsHost> {
  return startAwsHost(settings, async (host) => {
    const { aws, repository, registry, files } = host;
    const port = await freePort();
    const make = madeOn(host);
    const release = async (name: string) => {
      const path = await make(name);
      const text = readFileSync(path, "utf8");
      await putIntoEcr(host, text);
      const replicated = join(files, `${name}-ecr.json`);
      writeFileSync(replicated, text.replaceAll(registry.address, ecr));
      return { path, replicated };
    };
    const [first, second] = await twoReleases(host, release);

    const secret = `sqlite:////data/${"x".repeat(30)}.db`;
    await makeInfrastructure(aws, secret);
    await aws.edge(haproxyOf(first.path), port);

    const access = accessTo(host, port);
    let said = "";
    const production: Subject = {
      async call(...args) {
        const on = ["environment", "--name", "production", ...access];
        const ran = await repository.call(...on, ...args);
        said += ran.stdout + ran.stderr;
        return ran;
      },
      url: `http://127.0.0.1:${port}`,
      releases: [first.replicated, second.replicated],
    };
    return { production, access, secret, release, said: () => said };
  });
}

const manifest = z.object({
  images: z.array(z.object({ name: z.string(), digest: z.string() })),
  support: z.array(z.object({ name: z.string(), reference: z.string() })),
});

/** ECR knows the image, by the manifest that the registry has. */
async function putIntoEcr(host: AwsHost, release: string): Promise<void> {
  const { aws } = host;
  const { digest } = manifest.parse(JSON.parse(release)).images[0] ?? { digest: "" };
  const image = await imageOf(host, digest);
  const repositoryName = "team/api";
  const { repositories } = z
    .object({ repositories: z.array(z.unknown()) })
    .parse(await aws.call("ecr", "describe_repositories"));
  if (repositories.length === 0) await aws.call("ecr", "create_repository", { repositoryName });
  await aws.call("ecr", "put_image", {
    ...{ repositoryName, imageDigest: digest, imageManifestMediaType: image.mediaType },
    imageManifest: image.manifest,
  });
}

function haproxyOf(release: string): string {
  const { support } = manifest.parse(JSON.parse(readFileSync(release, "utf8")));
  const found = support.find(({ name }) => name === "haproxy");
  expect(found).toBeDefined();
  return found?.reference ?? "";
}

const settings = `components:
${service()}${migratedByDeploy}release:
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
