import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { openEnvironment } from "../src/environments/open-environment.ts";
import { sampleRelease } from "./sample-release.ts";

/** What an environment of which ECS moves the weights has against a rollout's plan. */
function against(strategy: string, rollout: string): string | undefined {
  const config = readConfig(
    `components:
  api:
    path: services/api
    deploy: { as: service }
environments:
  production:
    deploy:
      kind: ecs
      region: eu-central-1
      cluster: kitchen
      service: kitchen-api
      strategy: ${strategy}
      bucket: kitchen-artifacts
      address: https://example.com
${rollout}`,
    ["services/api/pyproject.toml"],
  );
  return openEnvironment(config, "production", {}).misfit?.(sampleRelease);
}

const plan = (weights: readonly number[], soak = "10m", watch = "15m") => `rollout:
  steps: [${weights.map((weight) => `{weight: ${weight}, soak: ${soak}, requests: 500}`).join(", ")}]
  limits: {errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.5, latencyIncrease: 30}
  watch: ${watch}
`;

describe("a plan that ECS is to follow", () => {
  it.each([
    ["canary", [5, 100]],
    ["canary", [50, 100]],
    ["linear", [25, 50, 75, 100]],
    ["linear", [50, 100]],
  ])("%s: %j", (strategy, weights) => {
    expect(against(strategy, plan(weights))).toBeUndefined();
  });

  const other = "other steps need `strategy` left out, and two ECS services";
  it.each([
    ["canary", [5, 25, 50, 100], "ECS's canary has one step and then all traffic, such as 10, 100"],
    ["canary", [100], "ECS's canary has one step and then all traffic, such as 10, 100"],
    ["linear", [5, 25, 50, 100], "ECS's linear steps are equal, and of 3 % at least"],
    ["linear", [30, 60, 100], "ECS's linear steps are equal, and of 3 % at least"],
    ["linear", [100], "ECS's linear steps are equal, and of 3 % at least"],
  ])("%s cannot be %j", (strategy, weights, words) => {
    const said = against(strategy, plan(weights));
    expect(said).toContain(
      `kitchen.yaml: rollout.steps have weights ${weights.join(", ")} %: ${words}`,
    );
    expect(said).toContain(other);
  });

  it("is needed, and takes no longer than ECS waits", () => {
    expect(against("canary", "")).toBe(
      "kitchen.yaml: there is no `rollout:`: ECS follows its steps",
    );
    expect(against("canary", plan([5, 100], "9h"))).toMatchInlineSnapshot(
      `"kitchen.yaml: rollout: a step (soak × patience) may take 97200 s, and the last one with \`watch\` 98100 s: ECS waits 86400 s and then goes back"`,
    );
    expect(against("canary", plan([5, 100], "1h", "23h"))).toMatch(
      /the last one with `watch` 93600 s: ECS waits 86400 s and then goes back/u,
    );
  });
});
