import { expect, test } from "vitest";
import { actionsInSource, actionsOfPolicy, actionsOfTerraform, compared } from "./policy.ts";

// What is in a script's source is more than what a test has it call; that the calls which are recorded
// are all in it, the tests of the kinds show.

test("the role that deploys to ECS may do what the script does, and nothing else", () => {
  const allowed = actionsOfTerraform("infra/modules/delivery/deploy.tf", "deploy");
  // With them releases and images are read from ECR, by the registry's own protocol.
  const registry = ["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"];
  expect(compared(allowed, [...actionsInSource("ecs"), ...registry])).toEqual({
    missing: [],
    unused: [],
  });
});

test("so may the roles of the example policies", () => {
  const runner = actionsOfPolicy("docs/policies/app-runner.json");
  const mwaa = actionsOfPolicy("docs/policies/mwaa.json");
  const none = { missing: [], unused: [] };
  expect(compared(runner, actionsInSource("app_runner"))).toEqual(none);
  const both = actionsInSource("app_runner", "mwaa.py");
  expect(compared([...runner, ...mwaa], both)).toEqual(none);
});
