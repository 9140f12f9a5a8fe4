import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { digestOf } from "../../../.dagger/src/release/manifest.ts";
import { freePort } from "../../../engine/src/testing/free-port.ts";
import type { Approver } from "../approver.ts";
import type { Subject } from "../environment-contract.ts";
import { migratedByDeploy, service } from "../product.ts";
import type { Ran } from "../repository.ts";
import { type AwsHost, accessTo, imageOf, madeOn, startAwsHost, twoReleases } from "./aws-host.ts";
import { ecr, putIntoEcr } from "./ecr.ts";
import { makeInfrastructure, type Names, production, shifting } from "./ecs-infrastructure.ts";

/** A region of AWS with what infra/modules/service makes, a registry, and two releases in it. */
export interface EcsHost extends AwsHost {
  readonly production: Subject;
  /** one of which ECS itself moves the weights */
  readonly shifting: Subject;
  /** flags of an environment on this AWS */
  readonly access: readonly string[];
  /** ARN of the rule whose weights ECS moves */
  readonly shiftingRule: string | undefined;
  /** a call of the environment of which ECS moves the weights, that can be killed */
  shiftingUntil(signal: AbortSignal, ...args: readonly string[]): Promise<Ran>;
  /** the service's database is here: nothing that is written may hold this */
  readonly secret: string;
  /** everything that any call of an environment wrote */
  said(): string;
  /** a release of what is in the repository now: its file, and the same with its images in ECR */
  release(name: string): Promise<{ readonly path: string; readonly replicated: string }>;
}

export function startEcsHost(): Promise<EcsHost> {
  return startAwsHost(settings(""), async (host) => {
    const { aws, repository, registry, files } = host;
    repository.write(shiftingFile, settings("strategy: canary"));
    const make = madeOn(host);
    const release = async (name: string) => {
      const path = await make(name);
      const text = readFileSync(path, "utf8");
      await putIntoEcr(aws, await imageOf(host, path));
      const replicated = join(files, `${name}-ecr.json`);
      writeFileSync(replicated, text.replaceAll(registry.address, ecr));
      return { path, replicated };
    };
    const [first, second] = await twoReleases(host, release);

    let said = "";
    const signal = new AbortController().signal;
    const made = async (names: Names, secret: string, config: readonly string[] = []) => {
      const port = await freePort();
      const { rule } = await makeInfrastructure(aws, secret, names);
      await aws.edge(haproxyOf(first.path), port, names.project);
      const access = accessTo(host, port);
      const until = async (ended: AbortSignal, ...args: readonly string[]) => {
        const on = [...config, "environment", "--name", "production", ...access];
        const ran = await repository.callUntil(ended, ...on, ...args);
        said += ran.stdout + ran.stderr;
        return ran;
      };
      const subject: Subject = {
        call: (...args) => until(signal, ...args),
        url: `http://127.0.0.1:${port}`,
        releases: [first.replicated, second.replicated],
      };
      return { subject, access, until, rule };
    };
    // Four people order at the same time, while images are written to the same disk.
    const database = (letter: string) => `sqlite:////data/${letter.repeat(30)}.db?timeout=60`;
    const secret = database("x");
    const one = await made(production, secret);
    const other = await made(shifting, database("y"), ["--config", shiftingFile]);
    return {
      ...{ production: one.subject, access: one.access, shifting: other.subject },
      ...{
        shiftingUntil: other.until,
        shiftingRule: other.rule,
        secret,
        release,
        said: () => said,
      },
    };
  });
}

export const shiftingFile = "kitchen-canary.yaml";

/** Arguments that promote a release. */
export function promotionOf({ registry }: EcsHost, approver: Approver, path: string): string[] {
  return [
    ...["promote", "--release", digestOf(readFileSync(path, "utf8"))],
    ...["--registry", `${registry.address}/team`],
    ...["--registry-service", `tcp://${registry.address}`],
    ...["--approvals", approver.approve(path), "--actor", "ada", "summary"],
  ];
}

const manifest = z.object({
  support: z.array(z.object({ name: z.string(), reference: z.string() })),
});

function haproxyOf(release: string): string {
  const { support } = manifest.parse(JSON.parse(readFileSync(release, "utf8")));
  const found = support.find(({ name }) => name === "haproxy");
  expect(found).toBeDefined();
  return found?.reference ?? "";
}

/** kitchen.yaml, of two services or of one with a strategy. */
const settings = (strategy: string) => `components:
${service()}${migratedByDeploy}release:
  evidence: [integrationTest, loadTest]
rollout:
  steps:
    - {weight: ${strategy ? 50 : 20}, soak: 5s, requests: 20}
    - {weight: 100, soak: 5s, requests: 50}
  # An old version is compared as it was minutes ago, when the machine had nothing else to do.
  limits: {errorRate: 5, errorIncrease: 5, percentile: 95, latency: 5, latencyIncrease: 100000}
  confidence: 90
  patience: 15
  watch: 5s
environments:
  production:
    deploy:
      kind: ecs
      region: eu-central-1
      cluster: ${(strategy ? shifting : production).cluster}
      service: ${(strategy ? shifting : production).project}
      ${strategy}
      bucket: ${(strategy ? shifting : production).cluster}-artifacts
      address: http://example.com
      tasks: 1
      resolution: 5
      startTimeout: 180s
  host:
    deploy:
      kind: docker
`;
