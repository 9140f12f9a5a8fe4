import type { Subject } from "../environment-contract.ts";
import { service } from "../product.ts";
import { makeService } from "./app-runner-infrastructure.ts";
import {
  type AwsHost,
  accessTo,
  digestOfImage,
  imageOf,
  madeOn,
  startAwsHost,
  twoReleases,
} from "./aws-host.ts";
import { ecr, putIntoEcr } from "./ecr.ts";

/** An App Runner service whose containers are real, a registry, and two releases in it. */
export interface AppRunnerHost extends AwsHost {
  readonly production: Subject;
}

export function startAppRunnerHost(): Promise<AppRunnerHost> {
  return startAwsHost(settings, async (host) => {
    const { aws, repository } = host;
    const make = madeOn(host);
    const made = await twoReleases(host, async (name) => {
      const path = await make(name);
      await putIntoEcr(aws, await imageOf(host, path));
      return path;
    });
    await makeService(
      aws,
      {
        KITCHEN_API_HOST: "0.0.0.0",
        KITCHEN_API_DATABASE_URL: "sqlite:////tmp/kitchen.db",
      },
      digestOfImage(made[0]),
    );
    const access = accessTo(host, aws.port);
    const production: Subject = {
      call: (...args) => repository.call("environment", "--name", "production", ...access, ...args),
      url: `http://127.0.0.1:${aws.port}`,
      releases: made,
    };
    return { production };
  });
}

const settings = `components:
${service()}release:
  evidence: [integrationTest, loadTest]
environments:
  production:
    deploy:
      kind: app-runner
      region: eu-central-1
      service: kitchen
      bucket: kitchen-state
      registry: ${ecr}/team
      migrations: at-start
      resolution: 1
      startTimeout: 60s
rollout:
  steps: [{ weight: 100, soak: 4s, requests: 30 }]
  limits: { errorRate: 5, errorIncrease: 5, percentile: 95, latency: 5, latencyIncrease: 100000 }
  confidence: 80
  patience: 15
  watch: 4s
`;
