import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../.dagger/src/release/manifest.ts";
import { type Approver, newApprover } from "../approver.ts";
import {
  asked,
  describeEnvironment,
  refused,
  type State,
  servedBy,
} from "../environment-contract.ts";
import type { Ran } from "../repository.ts";
import { startTraffic, type Traffic } from "../traffic.ts";
import { type EcsHost, promotionOf, startEcsHost } from "./ecs-host.ts";
import { describeShifting } from "./ecs-shifting-cases.ts";

// Deployments wait for containers: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 1_500_000 });

let host: EcsHost;
let cleo: Approver;

beforeAll(async () => {
  host = await startEcsHost();
  cleo = newApprover(host.repository, host.files);
});
afterAll(() => host?.stop());
// What one test plants does not strike the next one, even when it fails.
beforeEach(() => host.aws.plant());

describeEnvironment("ecs", () => host.production);
describeEnvironment("ecs, which moves the weights", () => host.shifting);

/** Made once, for both. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const menu = "    return [DishOut";
const faulty = once(() =>
  host.repository.spoiled(
    "services/api/src/kitchen_api/routes/orders.py",
    (text) =>
      text.replace(
        menu,
        `    read_menu.asked = getattr(read_menu, "asked", 0) + 1\n    if read_menu.asked % 4 == 0:\n        raise RuntimeError("planted")\n${menu}`,
      ),
    () => host.release("faulty").then(({ path }) => path),
  ),
);
const good = once(() => host.release("good").then(({ path }) => path));

describeShifting(
  () => host,
  () => cleo,
  { faulty, good },
);

/** Deploys the second release with another variable, to the slot that it is in. */
function changed<T>(line: string, limit: string, work: () => Promise<T>): Promise<T> {
  const change = (text: string) =>
    text
      .replace("      env:\n", `      env:\n        ${line}\n`)
      .replace("startTimeout: 180s", `startTimeout: ${limit}`);
  return host.repository.spoiled("kitchen.yaml", change, work);
}

/** A slot runs again what it ran, as soon as ECS has started that and the load balancer has it. */
const isAgain = (before: State) =>
  expect
    .poll(() => asked(host.production, "current"), { timeout: 120_000, interval: 3000 })
    .toEqual(before);

const again = () => ["deploy", "--release", host.production.releases[1], "--slot=green"];

describe("on ECS", () => {
  test("a release whose tasks do not start is given up, with ECS's and its own last words", async () => {
    const before = await asked(host.production, "current");
    const words = await changed("KITCHEN_API_PORT: nonsense", "180s", () =>
      refused(host.production, ...again(), "summary"),
    );
    expect(words).toContain(
      "kitchen-production-api-green: ECS has given this release up: ECS deployment circuit breaker: tasks failed to start.; last event: (service kitchen-production-api-green) (deployment ecs-svc/",
    );
    expect(words).toContain("api, its last lines:\n");
    expect(words).toContain("Input should be a valid integer");
    expect(words).toMatch(/done until then: .*ecs:UpdateService kitchen-production-api-green/u);
    await isAgain(before);
  });

  test("a release that ECS itself takes back is named, with ECS's reason", async () => {
    const before = await asked(host.production, "current");
    const breaker = (rollback: boolean) =>
      host.aws.call("ecs", "update_service", {
        ...{ cluster: "kitchen-production", service: "kitchen-production-api-green" },
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback } },
      });
    await breaker(true);
    const words = await changed("KITCHEN_API_PORT: nonsense", "180s", () =>
      refused(host.production, ...again(), "summary"),
    );
    await breaker(false);
    expect(words).toMatch(
      /kitchen-production-api-green: ECS has gone back to what ran before: \(service kitchen-production-api-green\) \(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\./u,
    );
    await isAgain(before);
  });

  test("a deployment that does not end is left, with ECS's last event", async () => {
    const before = await asked(host.production, "current");
    await host.aws.plant({ kind: "never-ends", service: "ecs" });
    const words = await changed("KITCHEN_API_LOG_LEVEL: debug", "30s", () =>
      refused(host.production, ...again(), "summary"),
    );
    await host.aws.plant();
    expect(words).toMatch(
      /kitchen-production-api-green is not steady after 30 s: \d of 1 tasks run, 0 failed.*; last event: \(service kitchen-production-api-green\)/u,
    );
    await isAgain(before);
    expect(await servedBy(host.production)).toBe(before.slots.blue.release);
  });

  test("credentials that expire half way: what was done is named, and the next call goes on", async () => {
    const deploy = () => host.production.call(...again(), "summary");
    await changed("KITCHEN_API_LOG_LEVEL: warning", "180s", async () => {
      await host.aws.plant({
        ...{ kind: "expired", service: "ecs", operation: "DescribeServices" },
        after: 1,
      });
      const words = await refused(host.production, ...again(), "summary");
      expect(words).toContain(
        "AWS DescribeServices: the credentials have expired: give new ones, and run this again\n" +
          "kitchen-production-api-green could not be put back to what it ran before: AWS DescribeServices: the credentials have expired",
      );
      expect(words).toMatch(
        /done until then: ecs:RegisterTaskDefinition kitchen-production-api, ecs:UpdateService kitchen-production-api-green$/mu,
      );
      await host.aws.plant({ kind: "throttled", service: "ecs", times: 2 });
      const ran = await deploy();
      expect(ran.exitCode, ran.stderr).toBe(0);
    });
  });

  /** Promotes a release while people look at the menu; which requests of theirs failed. */
  async function promoted(path: string): Promise<{ ran: Ran; people: Traffic }> {
    const { production } = host;
    const people = startTraffic(production.url);
    const ran = await production.call(...promotionOf(host, cleo, path));
    await people.stop();
    return { ran, people };
  }

  test("errors are caught at the first step by CloudWatch's numbers, and the release goes back", async () => {
    const before = await asked(host.production, "current");
    const { ran, people } = await promoted(await faulty());
    expect(ran.exitCode, ran.stdout).toBe(1);
    expect(ran.stderr).toContain("error rate is");
    expect(people.failed.length).toBeGreaterThan(0);
    // A quarter of a fifth, and what chance adds.
    expect(people.failed.length).toBeLessThan(people.sent * 0.15);
    const after = await asked(host.production, "current");
    expect(after.slots.blue).toEqual(before.slots.blue);
    expect(await servedBy(host.production)).toBe(before.slots.blue.release);
  });

  test("a good release goes to all traffic, throttled now and then, and no request fails", async () => {
    const path = await good();
    await host.aws.plant({ kind: "throttled", service: "elbv2", after: 20, times: 3 });
    const { ran, people } = await promoted(path);
    await host.aws.plant();
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(people.failed).toEqual([]);
    const { slots, stable } = await asked(host.production, "current");
    expect([stable, slots.green.weight]).toEqual(["green", 100]);
    expect(slots.green.release).toBe(digestOf(readFileSync(path, "utf8")));
    expect(await servedBy(host.production)).toBe(slots.green.release);
  });

  test("secrets are references, and no value is in what was registered or written", async () => {
    const name = "kitchen-production-api";
    const registered = await host.aws.call("ecs", "describe_task_definition", {
      taskDefinition: name,
    });
    expect(JSON.stringify(registered)).toContain(":secret:kitchen-production-api-database");
    expect(JSON.stringify(registered) + host.said()).not.toContain(host.secret);
  });

  test("removed, no task is left, and its data is refused", async () => {
    expect(await refused(host.production, "remove", "--data")).toContain(
      "databases, files and the history are Terraform's here: `terraform destroy` takes them away",
    );
    const ran = await host.production.call("remove");
    expect(ran.stdout).toContain("removed the tasks of kitchen-production-api-blue\n");
    const { slots, containers } = await asked(host.production, "current");
    expect([slots.blue.release, slots.green.release]).toEqual([null, null]);
    expect(Object.values(containers)).toEqual([false, false]);
    expect((await host.production.call("remove")).stdout).toBe("there was nothing\n");
  });

  test("the deploy role's policy allows what was called, and nothing that nothing calls", async () => {
    const text = readFileSync(
      new URL("../../../infra/modules/delivery/deploy.tf", import.meta.url),
      "utf8",
    );
    const lists = [...text.matchAll(/actions\s*= \[([^\]]+)\]/gu)].map(([, list = ""]) => list);
    const allowed = lists.flatMap((list) => list.match(/[a-z0-9]+:[A-Z]\w+/gu) ?? []);
    const called = new Set((await host.aws.calls()).map(({ action }) => action));
    expect([...called].filter((action) => !allowed.includes(action))).toEqual([]);
    expect(allowed.filter((action) => !called.has(action)).sort()).toEqual([
      // docker login, and what regctl asks of the registry
      ...["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"],
      // a migration that takes too long
      "ecs:StopTask",
      // with RegisterTaskDefinition, which gives tags and names roles
      ...["ecs:TagResource", "iam:PassRole"],
      // the bucket's key
      ...["kms:Decrypt", "kms:GenerateDataKey"],
      // without it S3 says of a file that is not there that it may not be read
      "s3:ListBucket",
      // Airflow is asked for its DAGs
      "secretsmanager:GetSecretValue",
    ]);
  });

  test("every request was one that AWS's own models allow", async () => {
    expect(await host.aws.violations()).toEqual([]);
  });
});
