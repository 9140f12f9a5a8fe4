import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { digestOf } from "../../../.dagger/src/release/manifest.ts";
import type { Approver } from "../approver.ts";
import { asked, refused, servedBy, weightsOf } from "../environment-contract.ts";
import { startTraffic } from "../traffic.ts";
import { type EcsHost, promotionOf, shiftingFile } from "./ecs-host.ts";

const name = "kitchen-canary-api";

const rules = z.object({
  Rules: z.array(
    z.object({
      Actions: z.array(
        z.object({
          ForwardConfig: z
            .object({ TargetGroups: z.array(z.object({ Weight: z.number().default(1) })) })
            .optional(),
        }),
      ),
    }),
  ),
});

/**
 * One ECS service of which ECS moves the weights, after the contract: the first release serves.
 *
 * @param releases files of a release that fails now and then, and of one that does not
 */
export function describeShifting(
  host: () => EcsHost,
  approver: () => Approver,
  releases: { readonly faulty: () => Promise<string>; readonly good: () => Promise<string> },
): void {
  const place = () => host().shifting;

  /** Deploys the second release with another variable. */
  const changed = (line: string, limit: string) =>
    host().repository.spoiled(
      shiftingFile,
      (text) =>
        text
          .replace("      env:\n", `      env:\n        ${line}\n`)
          .replace("startTimeout: 180s", `startTimeout: ${limit}`),
      () => refused(place(), "deploy", "--release", place().releases[1], "--slot=green", "summary"),
    );

  /** Both versions get requests, as ECS has moved the weights. */
  async function shared(): Promise<void> {
    for (;;) {
      const { Rules } = rules.parse(
        await host().aws.call("elbv2", "describe_rules", { RuleArns: [host().shiftingRule] }),
      );
      const groups = Rules[0]?.Actions[0]?.ForwardConfig?.TargetGroups ?? [];
      if (groups.length === 2 && groups.every(({ Weight }) => Weight === 50)) return;
      await sleep(200);
    }
  }

  const called = async (action: string) =>
    (await host().aws.calls()).filter((call) => call.action === action).length;

  /** An action is called once more. */
  async function calledAgain(action: string): Promise<void> {
    const before = await called(action);
    while ((await called(action)) === before) await sleep(100);
  }

  describe("ECS, which moves the weights", () => {
    test("tasks that do not start: ECS's circuit breaker goes back, in its own words", async () => {
      const serves = await servedBy(place());
      const words = await changed("KITCHEN_API_PORT: nonsense", "180s");
      expect(words).toMatch(
        /kitchen-canary-api: ECS went back to what ran before \(ROLLBACK_\w+\): Service deployment rolled back because the circuit breaker threshold was exceeded\.; last event: \(service kitchen-canary-api\)/u,
      );
      expect(words).toContain("Input should be a valid integer");
      expect(weightsOf(await asked(place(), "current"))).toEqual([100, 0]);
      expect(await servedBy(place())).toBe(serves);
    });

    test("what does not end, and may not be stopped, is named; nobody else goes on with it", async () => {
      await host().aws.plant(
        { kind: "never-ends", service: "ecs" },
        { kind: "denied", service: "ecs", operation: "StopServiceDeployment" },
      );
      const words = await changed("KITCHEN_API_LOG_LEVEL: debug", "15s");
      await host().aws.plant();
      expect(words).toMatch(
        /kitchen-canary-api is not up after 15 s: IN_PROGRESS, SCALE_UP: \d of 1 tasks run, 0 % of the requests; last event: /u,
      );
      expect(words).toMatch(
        /kitchen-canary-api could not be put back to what it ran before: \S+ may not ecs:StopServiceDeployment on arn:\S+:service-deployment\S+: its role's policy has to allow it/u,
      );
      const other = await refused(place(), "set-weights", "--blue=50", "--green=50", "summary");
      const [, serviceDeploymentArn] =
        /ECS service kitchen-canary-api is at a deployment already \(.*\), and does one at a time: run this again when it has ended, or stop it: aws ecs stop-service-deployment --service-deployment-arn (\S+)/u.exec(
          other,
        ) ?? [];
      await host().aws.call("ecs", "stop_service_deployment", { serviceDeploymentArn });
      expect(weightsOf(await asked(place(), "current"))).toEqual([100, 0]);
    });

    test("errors are caught while ECS waits at its canary, and ECS is stopped", async () => {
      const path = await releases.faulty();
      const serves = await servedBy(place());
      await ended();
      const stopped = await called("ecs:StopServiceDeployment");
      const people = startTraffic(place().url);
      const ran = await place().call(...promotionOf(host(), approver(), path));
      await people.stop();
      expect(ran.exitCode, ran.stdout).toBe(1);
      expect(ran.stderr).toContain("error rate is");
      // A quarter of half of them, and what chance adds.
      expect(people.failed.length).toBeLessThan(people.sent * 0.25);
      expect(await called("ecs:StopServiceDeployment")).toBe(stopped + 1);
      expect(weightsOf(await asked(place(), "current"))).toEqual([100, 0]);
      expect(await servedBy(place())).toBe(serves);
    });

    test("when ECS goes back by itself, the rollout says why", async () => {
      const path = await releases.good();
      const serves = await servedBy(place());
      const promotion = place().call(...promotionOf(host(), approver(), path));
      await Promise.race([shared(), promotion]);
      await host().aws.plant({ kind: "alarm", service: "ecs" });
      const ran = await promotion;
      await host().aws.plant();
      expect(ran.exitCode, ran.stdout).toBe(1);
      expect(ran.stderr).toMatch(
        /ECS went back to what ran before \(ROLLBACK_\w+\): Service deployment rolled back because alarms were detected\./u,
      );
      expect(ran.stderr).not.toContain("somebody has set its weight");
      expect(await servedBy(place())).toBe(serves);
    });

    test("whenever ECS goes back by itself while it moves the weights, that is what is said", async () => {
      const why =
        /kitchen-canary-api: ECS went back to what ran before \(ROLLBACK_\w+\): Service deployment rolled back because alarms were detected\./u;
      const half = () => refused(place(), "set-weights", "--blue=50", "--green=50", "summary");
      const deployed = async () => {
        await ended();
        await asked(place(), "deploy", "--release", place().releases[1], "--slot=green");
      };
      await deployed();
      const operation = "ContinueServiceDeployment";
      const lost = { kind: "lost", service: "ecs", times: 1 } as const;
      await host().aws.plant({ kind: "alarm", service: "ecs", operation });
      expect(await half()).toMatch(why);
      const { wentBack } = await asked(place(), "current");
      expect(wentBack).toMatch(/^ECS went back to what ran before \(ROLLBACK_\w+\): Service/u);

      // Nor does a lost answer, after which boto3 asks again, look like one that went back.
      await host().aws.plant({ ...lost, operation: "UpdateService" });
      await deployed();
      await host().aws.plant({ kind: "rule-lags", service: "ecs" }, { ...lost, operation });
      const continued = calledAgain(`ecs:${operation}`);
      const moved = half();
      await Promise.race([continued, moved]);
      // ECS has said 50 % when the rule is looked at.
      await Promise.race([calledAgain("elasticloadbalancing:DescribeRules"), moved]);
      await host().aws.plant({ kind: "alarm", service: "ecs" });
      expect(await moved).toMatch(why);
      await host().aws.plant();
      await ended();
      expect(weightsOf(await asked(place(), "current"))).toEqual([100, 0]);
    });

    test("killed at the canary and resumed, ECS's one deployment comes to all traffic: no request fails", async () => {
      const path = await releases.good();
      const people = startTraffic(place().url);
      const begun = await called("ecs:UpdateService");
      const killing = new AbortController();
      const promotion = host().shiftingUntil(
        killing.signal,
        ...promotionOf(host(), approver(), path),
      );
      await Promise.race([shared(), promotion]);
      killing.abort();
      await promotion;
      const from = ["--registry", `${host().registry.address}/team`];
      const service = ["--registry-service", `tcp://${host().registry.address}`];
      const ran = await place().call("resume", ...from, ...service, "--take-over", "summary");
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(await called("ecs:UpdateService")).toBe(begun + 1);
      const { slots, stable } = await asked(place(), "current");
      expect([stable, slots.green.weight]).toEqual(["green", 100]);
      expect(await servedBy(place())).toBe(digestOf(readFileSync(path, "utf8")));

      const back = await asked(place(), "rollback");
      expect(weightsOf(back)).toEqual([100, 0]);
      expect(await servedBy(place())).toBe(slots.blue.release);
      await people.stop();
      expect(people.failed).toEqual([]);
    });

    test("removed, no task is left", async () => {
      const ran = await place().call("remove");
      expect(ran.stdout).toContain(`removed the tasks of ${name}\n`);
      const { slots, containers } = await asked(place(), "current");
      expect([slots.blue.release, slots.green.release, containers]).toEqual([
        ...[null, null, { [name]: false }],
      ]);
    });
  });

  /** ECS is at nothing. */
  async function ended(): Promise<void> {
    const listed = z.object({ serviceDeployments: z.array(z.unknown()) });
    const status = ["PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"];
    const asking = { cluster: "kitchen-canary", service: name, status };
    for (;;) {
      const answer = await host().aws.call("ecs", "list_service_deployments", asking);
      if (listed.parse(answer).serviceDeployments.length === 0) return;
      await sleep(200);
    }
  }
}
