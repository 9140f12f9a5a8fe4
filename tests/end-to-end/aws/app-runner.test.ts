import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../.dagger/src/release/manifest.ts";
import { type Approver, newApprover } from "../approver.ts";
import { asked, describeEnvironment, refused, servedBy } from "../environment-contract.ts";
import { type AppRunnerHost, startAppRunnerHost } from "./app-runner-host.ts";

vi.setConfig({ testTimeout: 1_500_000 });

let host: AppRunnerHost;

beforeAll(async () => {
  host = await startAppRunnerHost();
});
afterAll(() => host?.stop());

describeEnvironment("app-runner", () => host.production, "App Runner shares no traffic");

/** Calls while people use the service. */
async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  let over = false;
  const user = async () => {
    while (!over) {
      await fetch(`${host.production.url}/menu`).catch(() => undefined);
      await sleep(100);
    }
  };
  const users = [user(), user(), user(), user()];
  try {
    // The old version is compared as long before the exchange as looks at the new one come after it.
    await sleep(20_000);
    return await work();
  } finally {
    over = true;
    await Promise.all(users);
  }
}

describe("a release that is promoted to App Runner", () => {
  let cleo: Approver;
  let second: string;
  let from: readonly string[];

  const promote = (): readonly string[] => [
    ...["promote", "--release", second, "--approvals", cleo.approve(host.production.releases[1])],
    ...from,
  ];

  beforeAll(async () => {
    const { repository, files, registry, production } = host;
    await asked(production, "deploy", "--release", production.releases[0]);
    cleo = newApprover(repository, files);
    second = digestOf(readFileSync(production.releases[1], "utf8"));
    from = [
      "--registry",
      `${registry.address}/team`,
      "--registry-service",
      `tcp://${registry.address}`,
    ];
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

  test("and whose probes fail goes back", async () => {
    const before = await asked(host.production, "current");
    const words = await host.repository.spoiled(
      "kitchen.yaml",
      (text) => text.replace("probes: [/menu", "probes: [/nothing"),
      () => refused(host.production, ...promote(), "summary"),
    );
    expect(words).toContain("GET /nothing: status 404");
    expect(words).toContain("The release went back.");
    expect(await servedBy(host.production)).toBe(before.slots.blue.release);
  });

  test("half way of which the credentials expire is gone on with, compared, and watched", async () => {
    const { production, aws } = host;
    const done = await underLoad(async () => {
      await aws.plant({ kind: "expired", service: "apprunner", operation: "ListOperations" });
      const words = await refused(production, ...promote(), "summary");
      expect(words).toContain("the credentials have expired: give new ones");
      await aws.plant();
      const status = await production.call("rollout-status", "summary");
      expect(status.stdout).toContain("shifting");
      return production.call("resume", ...from, "--take-over", "summary");
    });
    expect(done.exitCode, done.stderr).toBe(0);
    expect(done.stdout).toContain("it has 100 % of the traffic");
    expect(done.stdout).toMatch(/soaking +nothing is worse/u);
    expect(done.stdout).toContain("watched to the end: ");
    expect(await servedBy(production)).toBe(second);
    const again = await refused(production, ...promote(), "summary");
    expect(again).toContain("it has all traffic there already");
  });
});

test("the stand-in's models allow every request that was sent", async () => {
  expect(await host.aws.violations()).toEqual([]);
});
