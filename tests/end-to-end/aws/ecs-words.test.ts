import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ecr } from "./ecr.ts";
import {
  type Infrastructure,
  makeInfrastructure,
  project,
  shifting,
} from "./ecs-infrastructure.ts";
import { type Script, startScript } from "./script.ts";
import { accessKeyId, type StandIn, startStandIn } from "./stand-in.ts";

// The module's own script against AWS's APIs, without the step that it runs in: what it says when it
// cannot do what it is asked to.

let aws: StandIn;
let script: Script;
let made: Infrastructure;
const files = mkdtempSync(join(tmpdir(), "ecs-words-"));

beforeAll(async () => {
  aws = await startStandIn();
  script = startScript(aws);
  made = await makeInfrastructure(aws, "sqlite://");
});
beforeEach(() => aws.plant());
afterAll(() => {
  script?.stop();
  aws?.stop();
  rmSync(files, { recursive: true, force: true });
});

const keys = JSON.stringify({ AccessKeyId: accessKeyId, SecretAccessKey: "x" });
const image = `${ecr}/team/api@sha256:${"a".repeat(64)}`;
const deployment = {
  release: { id: `sha256:${"1".repeat(64)}`, commit: "c".repeat(40) },
  service: { image, env: {}, migrate: null, version: "/version", health: "/", probes: [] },
  ...{ airflow: null, slot: null, revision: null, tasks: 1, startTimeout: 2 },
};

let last: unknown;

/** How the script ends, and what it says. */
async function said(
  command: string,
  changes: object = {},
  credentials = keys,
): Promise<[number | null, string]> {
  const path = join(files, "credentials");
  writeFileSync(path, credentials);
  const endpoint = `http://127.0.0.1:${aws.port}`;
  const { status, words, result } = await script.run(command, {
    ...{ kind: "ecs", region: "eu-central-1", cluster: "kitchen-production", project },
    ...{ strategy: null, plan: null },
    ...{ bucket: "kitchen-production-artifacts", address: "http://127.0.0.1:9", resolution: 1 },
    ...{ airflowService: null, ...deployment },
    aws: { ...{ token: null, role: null, edge: null }, credentials: path, endpoint },
    ...changes,
  });
  last = result;
  return [status, words.trim()];
}

describe("words of an environment on ECS", () => {
  test("a permission that lacks: which action on which resource, and what was done until then", async () => {
    await aws.plant({ kind: "denied", service: "ecs", operation: "DescribeServices" });
    expect(await said("current")).toMatchInlineSnapshot(`
      [
        1,
        "arn:aws:sts::123456789012:assumed-role/deploy/kitchen may not ecs:DescribeServices on *: its role's policy has to allow it",
      ]
    `);
  });

  test("a region that does not have it", async () => {
    expect(await said("current", { region: "us-east-1" })).toMatchInlineSnapshot(`
      [
        1,
        "us-east-1 has no ECS cluster kitchen-production: is the region right, and was its Terraform applied?",
      ]
    `);
  });

  test("a service, and a bucket, that are not there", async () => {
    expect(await said("current", { project: "kitchen-production-web" })).toMatchInlineSnapshot(`
      [
        1,
        "ECS cluster kitchen-production in eu-central-1 has no service kitchen-production-web-blue and none kitchen-production-web-green: was its Terraform applied?",
      ]
    `);
    expect(await said("current", { bucket: "other" })).toMatchInlineSnapshot(`
      [
        1,
        "eu-central-1 has no bucket other: is the region right, and was its Terraform applied?",
      ]
    `);
  });

  test("an image that ECR does not have, before anything is changed", async () => {
    expect(await said("deploy")).toMatchInlineSnapshot(`
      [
        1,
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: not in ECR: there is no such repository: was the release published there, or has it expired?",
      ]
    `);
    await aws.call("ecr", "create_repository", { repositoryName: "team/api" });
    expect(await said("deploy")).toMatchInlineSnapshot(`
      [
        1,
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: not in ECR: the repository has no image of this digest: was the release published there, or has it expired?",
      ]
    `);
  });

  test("a target group that no load balancer sends requests to", async () => {
    const DefaultActions = [{ Type: "forward", TargetGroupArn: made.groups.blue }];
    await aws.call("elbv2", "modify_listener", { ListenerArn: made.listener, DefaultActions });
    try {
      expect(await said("current")).toEqual([
        1,
        `${made.balancer}: no listener shares its requests between ${made.groups.blue} and ${made.groups.green}`,
      ]);
    } finally {
      const TargetGroups = Object.values(made.groups).map((TargetGroupArn, index) => ({
        ...{ TargetGroupArn, Weight: index === 0 ? 100 : 0 },
      }));
      await aws.call("elbv2", "modify_listener", {
        ListenerArn: made.listener,
        DefaultActions: [{ Type: "forward", ForwardConfig: { TargetGroups } }],
      });
    }
  });

  test("credentials that cannot be read, without showing them", async () => {
    expect(await said("current", {}, "planted-secret")).toMatchInlineSnapshot(`
      [
        1,
        "aws-credentials: cannot be read: give what \`aws configure export-credentials\` prints (cmd:"aws configure export-credentials"), or a credentials file with one profile",
      ]
    `);
    expect(await said("current", {}, "{planted-secret")).toMatchInlineSnapshot(`
      [
        1,
        "aws-credentials: no access key in it: give what \`aws configure export-credentials\` prints (cmd:"aws configure export-credentials"), or a credentials file with one profile",
      ]
    `);
    expect(await said("current", {}, "[one]\n[two]\n")).toMatchInlineSnapshot(`
      [
        1,
        "aws-credentials: profiles one, two: give what \`aws configure export-credentials\` prints (cmd:"aws configure export-credentials"), or a credentials file with one profile",
      ]
    `);
    const file = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = x\n`;
    expect(await said("current", {}, file)).toEqual([0, ""]);
  });

  test("expired credentials", async () => {
    await aws.plant({ kind: "expired" });
    expect(await said("current")).toMatchInlineSnapshot(`
      [
        1,
        "AWS DescribeServices: the credentials have expired: give new ones, and run this again",
      ]
    `);
  });

  test("throttling is waited out", async () => {
    await aws.plant({ kind: "throttled", service: "ecs", times: 2 });
    expect(await said("current")).toEqual([0, ""]);
  });

  test("while a rollout is under way, what is done by hand is refused", async () => {
    const rollout = { kind: "promotion", release: "sha256:1", phase: "soaking" };
    const lease = { holder: "ada (1)", since: "2026-11-26T12:00:00Z" };
    const kept = { document: JSON.stringify({ rollout, lease }), revision: 0, expected: null };
    expect(await said("remember", kept)).toEqual([0, ""]);
    const words =
      "the promotion of sha256:1 is soaking, moved by ada (1) since 2026-11-26T12:00:00Z: resume or abort it first";
    for (const [command, request] of [
      ["deploy", {}],
      ["set-weights", { weights: { blue: 50, green: 50 } }],
      ["rollback", { to: "sha256:1" }],
    ] as const) {
      expect(await said(command, request)).toEqual([1, words]);
    }
    expect(await said("deploy", { revision: 7 })).toEqual([
      3,
      "somebody else moves the rollout: it is at revision 0 now",
    ]);
    const over = { rollout: { ...rollout, phase: "done" }, lease };
    const next = { document: JSON.stringify(over), revision: 1, expected: 0 };
    expect(await said("remember", next)).toEqual([0, ""]);
  });

  test("of two who remember from the same revision one is refused", async () => {
    const first = { document: "one", revision: 2, expected: 1 };
    expect(await said("remember", first)).toEqual([0, ""]);
    expect(await said("remember", { ...first, document: "two" })).toMatchInlineSnapshot(`
      [
        3,
        "somebody else moves the rollout: it is at revision 2 now",
      ]
    `);
    expect(await said("append", { line: "a", before: null })).toEqual([0, ""]);
    expect(await said("append", { line: "a", before: null })).toEqual([0, ""]);
    expect(await said("append", { line: "b", before: null })).toMatchInlineSnapshot(`
      [
        1,
        "kitchen-production-api: its history goes on from sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, not from None",
      ]
    `);
    expect(await said("recall")).toEqual([0, ""]);
    expect(last).toMatchObject({
      rollout: "one",
      history: ["a"],
      changes: [],
    });
  });
});

describe("words of an environment on ECS, which moves the weights", () => {
  let other: Infrastructure;

  /** What is said of a service that Terraform, or somebody, has made so. */
  async function of(
    advanced: object | undefined,
    lifecycleHooks: readonly object[] = [],
    command = "current",
  ) {
    const behind = { targetGroupArn: other.groups.blue, containerName: "api", containerPort: 8000 };
    await aws.call("ecs", "update_service", {
      ...{ cluster: shifting.cluster, service: shifting.project },
      loadBalancers: [{ ...behind, ...(advanced ? { advancedConfiguration: advanced } : {}) }],
      deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks },
    });
    const { cluster, project } = shifting;
    const bucket = `${cluster}-artifacts`;
    return said(command, { cluster, project, bucket, strategy: "canary" });
  }

  const right = () => ({
    alternateTargetGroupArn: other.groups.green,
    productionListenerRule: other.rule,
    roleArn: "arn:aws:iam::123456789012:role/shifting",
  });

  beforeAll(async () => {
    other = await makeInfrastructure(aws, "sqlite://", shifting);
  });

  test("a service that was made for somebody else to move its weights", async () => {
    const words =
      "ECS service kitchen-canary-api has no alternateTargetGroupArn, productionListenerRule, roleArn (its advancedConfiguration): without them ECS moves no weights: make it with infra/modules/service and `shifting = true`, or leave out `strategy` in kitchen.yaml";
    expect(await of(undefined)).toEqual([1, words]);
    expect(await of({ ...right(), roleArn: undefined })).toEqual([
      1,
      words.replace("alternateTargetGroupArn, productionListenerRule, roleArn", "roleArn"),
    ]);
    const [status] = await of(undefined, [], "ready");
    expect([status, last]).toMatchObject([
      0,
      { problems: [words, expect.stringContaining("not in ECR")], changes: [] },
    ]);
  });

  test("an alternate target group that no load balancer has", async () => {
    const { TargetGroups } = z
      .object({ TargetGroups: z.tuple([z.object({ TargetGroupArn: z.string() })]) })
      .parse(
        await aws.call("elbv2", "create_target_group", {
          ...{ Name: "lonely", TargetType: "lambda" },
        }),
      );
    const alternateTargetGroupArn = TargetGroups[0].TargetGroupArn;
    expect(await of({ ...right(), alternateTargetGroupArn })).toEqual([
      1,
      `target group ${alternateTargetGroupArn} is attached to no load balancer`,
    ]);
  });

  test("a production listener rule that is gone, and one of something else", async () => {
    const gone = `${other.rule?.slice(0, -4)}0000`;
    expect(await of({ ...right(), productionListenerRule: gone })).toEqual([
      1,
      `ECS service kitchen-canary-api: its production listener rule ${gone} is no rule of an Application Load Balancer's listener: was it deleted?`,
    ]);
    const Conditions = [{ Field: "path-pattern", PathPatternConfig: { Values: ["/other/*"] } }];
    const { Rules } = z.object({ Rules: z.tuple([z.object({ RuleArn: z.string() })]) }).parse(
      await aws.call("elbv2", "create_rule", {
        ...{ ListenerArn: other.listener, Priority: 200, Conditions },
        Actions: [{ Type: "forward", TargetGroupArn: made.groups.blue }],
      }),
    );
    const productionListenerRule = Rules[0].RuleArn;
    expect(await of({ ...right(), productionListenerRule })).toEqual([
      1,
      `${productionListenerRule}: it forwards to neither ${other.groups.blue} nor ${other.groups.green}: it is the production listener rule of kitchen-canary-api`,
    ]);
  });

  test("a pause that nobody would end", async () => {
    const pause = { targetType: "PAUSE", lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"] };
    expect(await of(right(), [pause])).toEqual([
      1,
      "ECS service kitchen-canary-api has pauses at POST_TEST_TRAFFIC_SHIFT: nobody lets a deployment of Kitchen's go on there: take these hooks away",
    ]);
    const own = { targetType: "PAUSE", lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"] };
    expect(await of(right(), [own])).toEqual([0, ""]);
  });
});
