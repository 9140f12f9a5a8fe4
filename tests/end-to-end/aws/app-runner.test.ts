import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../.dagger/src/release/manifest.ts";
import { type Approver, newApprover } from "../approver.ts";
import { describeEnvironment, refused } from "../environment-contract.ts";
import { type AppRunnerHost, startAppRunnerHost } from "./app-runner-host.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 1_200_000 });

let host: AppRunnerHost;

beforeAll(async () => {
  host = await startAppRunnerHost();
});
afterAll(() => host?.stop());

describeEnvironment("app-runner", () => host.production, "App Runner shares no traffic");

describe("a release that is promoted to App Runner", () => {
  let cleo: Approver;
  let second: string;
  let from: readonly string[];

  const promote = (): readonly string[] => [
    ...["promote", "--release", second, "--approvals", cleo.approve(host.production.releases[1])],
    ...from,
  ];

  beforeAll(() => {
    const { repository, files, registry, production } = host;
    cleo = newApprover(repository, files);
    second = digestOf(readFileSync(production.releases[1], "utf8"));
    from = ["--registry", `${registry}/team`, "--registry-service", `tcp://${registry}`];
  });

  test("by steps is refused, with all else that is wrong", async () => {
    const words = await host.repository.spoiled(
      "kitchen.yaml",
      (text) => text.replace(/ {2}steps: .*\n/u, ""),
      () => refused(host.production, ...promote(), "summary"),
    );
    expect(words).toContain(
      "kitchen.yaml: rollout.steps have weights 5, 25, 50, 100 %: App Runner gives a release all traffic at once or none",
    );
  });
});

test("the stand-in's models allow every request that was sent", async () => {
  expect(await host.aws.violations()).toEqual([]);
});
