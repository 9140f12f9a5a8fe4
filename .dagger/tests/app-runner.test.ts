import { expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { openEnvironment } from "../src/environments/open-environment.ts";
import { sampleRelease } from "./sample-release.ts";

const environment = (more = "", service = "") =>
  openEnvironment(
    readConfig(
      `components:
  api:
    path: services/api
    deploy: { as: service${service} }
  airflow:
    path: services/airflow
    deploy: { as: airflow }
environments:
  production:
    deploy:
      kind: app-runner
      region: eu-central-1
      service: kitchen
      bucket: kitchen-artifacts
${more}`,
      ["services/api/pyproject.toml", "services/airflow/pyproject.toml"],
    ),
    "production",
    {},
  );

const registry = "      registry: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/team\n";

it("App Runner takes images of ECR only, or says where they are", () => {
  expect(environment().misfit?.(sampleRelease)).toBe(
    `registry.example.com/team/api@sha256:${"2".repeat(64)}: App Runner pulls from ECR only: publish releases there, or replicate the images, and say in kitchen.yaml \`environments.production.deploy.registry\``,
  );
  expect(environment(registry).misfit?.(sampleRelease)).toBeUndefined();
});

it("App Runner runs no migrations, and does not leave them out in silence", () => {
  const migrates = ", migrate: [python, -m, migrate]";
  expect(environment(registry, migrates).misfit?.(sampleRelease)).toContain(
    "say `environments.production.deploy.migrations: at-start`",
  );
  const atStart = `${registry}      migrations: at-start\n`;
  expect(environment(atStart, migrates).misfit?.(sampleRelease)).toBeUndefined();
});

it("a release without DAGs has nothing for MWAA", () => {
  const mwaa = `${registry}      airflow: { kind: mwaa, environment: flow }\n`;
  expect(environment(mwaa).misfit?.(sampleRelease)).toBeUndefined();
  expect(environment(mwaa).misfit?.({ ...sampleRelease, dags: [] })).toBe(
    "the release has no DAGs of airflow, and MWAA is to get them",
  );
});

it("shares of the traffic are refused with what to use instead", () => {
  expect(environment().allAtOnce).toMatch(/kind ecs or docker/u);
});
