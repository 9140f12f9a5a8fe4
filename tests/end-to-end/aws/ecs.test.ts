import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { asked, describeEnvironment, refused, servedBy } from "../environment-contract.ts";
import { type EcsHost, startEcsHost } from "./ecs-host.ts";

// Deployments wait for containers: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 });

let host: EcsHost;

beforeAll(async () => {
  host = await startEcsHost();
});
afterAll(() => host?.stop());

describeEnvironment("ecs", () => host.staging);

/** Deploys the second release with another variable, to the slot that it is in. */
function changed<T>(line: string, limit: string, work: () => Promise<T>): Promise<T> {
  const change = (text: string) =>
    text
      .replace("      env:\n", `      env:\n        ${line}\n`)
      .replace("startTimeout: 180s", `startTimeout: ${limit}`);
  return host.repository.spoiled("kitchen.yaml", change, work);
}

const again = () => ["deploy", "--release", host.staging.releases[1], "--slot=green"];

describe("on ECS", () => {
  test("a release whose tasks do not start is given up, with ECS's and its own last words", async () => {
    const before = await asked(host.staging, "current");
    const words = await changed("KITCHEN_API_PORT: nonsense", "180s", () =>
      refused(host.staging, ...again(), "summary"),
    );
    expect(words).toContain(
      "kitchen-staging-api-green: ECS has given this release up: ECS deployment circuit breaker: tasks failed to start.; last event: (service kitchen-staging-api-green) (deployment ecs-svc/",
    );
    expect(words).toContain("api, its last lines:\n");
    expect(words).toContain("Input should be a valid integer");
    expect(words).toMatch(/done until then: .*ecs:UpdateService kitchen-staging-api-green/u);
    expect(await asked(host.staging, "current")).toEqual(before);
  });

  test("a deployment that does not end is left, with ECS's last event", async () => {
    const before = await asked(host.staging, "current");
    await host.aws.plant({ kind: "never-ends", service: "ecs" });
    const words = await changed("KITCHEN_API_LOG_LEVEL: debug", "30s", () =>
      refused(host.staging, ...again(), "summary"),
    );
    await host.aws.plant();
    expect(words).toMatch(
      /kitchen-staging-api-green is not steady after 30 s: \d of 1 tasks run, 0 failed.*; last event: \(service kitchen-staging-api-green\)/u,
    );
    expect(await asked(host.staging, "current")).toEqual(before);
    expect(await servedBy(host.staging)).toBe(before.slots.blue.release);
  });

  test("credentials that expire half way: what was done is named, and the next call goes on", async () => {
    const deploy = () => host.staging.call(...again(), "summary");
    await changed("KITCHEN_API_LOG_LEVEL: warning", "180s", async () => {
      await host.aws.plant({
        ...{ kind: "expired", service: "ecs", operation: "DescribeServices" },
        after: 1,
      });
      const words = await refused(host.staging, ...again(), "summary");
      expect(words).toContain(
        "AWS DescribeServices: the credentials have expired: give new ones, and run this again\n" +
          "kitchen-staging-api-green could not be put back to what it ran before: AWS DescribeServices: the credentials have expired",
      );
      expect(words).toMatch(
        /done until then: ecs:RegisterTaskDefinition kitchen-staging-api, ecs:UpdateService kitchen-staging-api-green$/mu,
      );
      await host.aws.plant({ kind: "throttled", service: "ecs", times: 2 });
      const ran = await deploy();
      expect(ran.exitCode, ran.stderr).toBe(0);
    });
    await host.aws.plant();
  });

  test("secrets are references, and no value is in what was registered or written", async () => {
    const name = "kitchen-staging-api";
    const registered = await host.aws.call("ecs", "describe_task_definition", {
      taskDefinition: name,
    });
    expect(JSON.stringify(registered)).toContain(":secret:kitchen-staging-api-database");
    expect(JSON.stringify(registered) + host.said()).not.toContain(host.secret);
  });

  test("removed, no task is left, and its data is refused", async () => {
    expect(await refused(host.staging, "remove", "--data")).toContain(
      "databases, files and the history are Terraform's here: `terraform destroy` takes them away",
    );
    const ran = await host.staging.call("remove");
    expect(ran.stdout).toContain("removed the tasks of kitchen-staging-api-blue\n");
    const { slots, containers } = await asked(host.staging, "current");
    expect([slots.blue.release, slots.green.release]).toEqual([null, null]);
    expect(Object.values(containers)).toEqual([false, false]);
    expect((await host.staging.call("remove")).stdout).toBe("there was nothing\n");
  });

  test("every request was one that AWS's own models allow", async () => {
    expect(await host.aws.violations()).toEqual([]);
  });
});
