import { z } from "zod";
import { ecr } from "./ecr.ts";
import type { StandIn } from "./stand-in.ts";

/** What is made of names; with `shifting` one service, of which ECS moves the weights. */
export interface Names {
  readonly cluster: string;
  readonly project: string;
  readonly shifting: boolean;
}

export const project = "kitchen-production-api";
export const production: Names = { cluster: "kitchen-production", project, shifting: false };
export const shifting: Names = {
  ...{ cluster: "kitchen-canary", project: "kitchen-canary-api", shifting: true },
};

/** ARNs of what was made. */
export interface Infrastructure {
  readonly balancer: string;
  readonly listener: string;
  readonly groups: Readonly<Record<string, string>>;
  /** the production listener rule, where ECS moves the weights */
  readonly rule: string | undefined;
}

/** What infra/modules/service makes, as far as a deployment meets it. */
export async function makeInfrastructure(
  aws: StandIn,
  databaseUrl: string,
  { cluster, project, shifting } = production,
): Promise<Infrastructure> {
  const made = async <T extends z.ZodType>(
    schema: T,
    service: string,
    operation: string,
    parameters: object,
  ): Promise<z.infer<T>> => schema.parse(await aws.call(service, operation, parameters));
  const { Vpc } = await made(
    z.object({ Vpc: z.object({ VpcId: z.string() }) }),
    ...(["ec2", "create_vpc", { CidrBlock: "10.0.0.0/16" }] as const),
  );
  const subnets: string[] = [];
  for (const [index, zone] of ["a", "b"].entries()) {
    const place = { VpcId: Vpc.VpcId, AvailabilityZone: `eu-central-1${zone}` };
    const { Subnet } = await made(
      z.object({ Subnet: z.object({ SubnetId: z.string() }) }),
      ...(["ec2", "create_subnet", { ...place, CidrBlock: `10.0.${index}.0/24` }] as const),
    );
    subnets.push(Subnet.SubnetId);
  }
  const { GroupId } = await made(
    z.object({ GroupId: z.string() }),
    ...(["ec2", "create_security_group"] as const),
    { GroupName: "tasks", Description: "tasks", VpcId: Vpc.VpcId },
  );
  const { LoadBalancers } = await made(
    z.object({ LoadBalancers: z.array(z.object({ LoadBalancerArn: z.string() })) }),
    ...(["elbv2", "create_load_balancer", { Name: project, Subnets: subnets }] as const),
  );
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? "";
  const groups: Record<string, string> = {};
  for (const colour of ["blue", "green"]) {
    const about = { Protocol: "HTTP", Port: 8000, VpcId: Vpc.VpcId, TargetType: "ip" };
    const { TargetGroups } = await made(
      z.object({ TargetGroups: z.array(z.object({ TargetGroupArn: z.string() })) }),
      ...(["elbv2", "create_target_group", { Name: `${project}-${colour}`, ...about }] as const),
    );
    groups[colour] = TargetGroups[0]?.TargetGroupArn ?? "";
  }
  const shares = [
    { TargetGroupArn: groups.blue, Weight: 100 },
    { TargetGroupArn: groups.green, Weight: 0 },
  ];
  const share = [{ Type: "forward", ForwardConfig: { TargetGroups: shares } }];
  const nothing = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }];
  const { Listeners } = await made(
    z.object({ Listeners: z.array(z.object({ ListenerArn: z.string() })) }),
    ...(["elbv2", "create_listener"] as const),
    {
      ...{ LoadBalancerArn, Protocol: "HTTP", Port: 80 },
      DefaultActions: shifting ? nothing : share,
    },
  );
  for (const [index, colour] of ["blue", "green"].entries()) {
    const HttpHeaderConfig = { HttpHeaderName: "x-kitchen-cohort", Values: [colour] };
    await aws.call("elbv2", "create_rule", {
      ...{ ListenerArn: Listeners[0]?.ListenerArn, Priority: 10 + index },
      Conditions: [{ Field: "http-header", HttpHeaderConfig }],
      Actions: [{ Type: "forward", TargetGroupArn: groups[colour] }],
    });
  }
  const everything = { Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } };
  const rule = shifting
    ? await made(
        z.object({ Rules: z.array(z.object({ RuleArn: z.string() })) }),
        ...(["elbv2", "create_rule"] as const),
        {
          ...{ ListenerArn: Listeners[0]?.ListenerArn, Priority: 100 },
          ...{ Conditions: [everything], Actions: share },
        },
      )
    : undefined;
  const { ARN } = await made(
    z.object({ ARN: z.string() }),
    ...(["secretsmanager", "create_secret"] as const),
    { Name: `${project}-database`, SecretString: databaseUrl },
  );
  await aws.call("logs", "create_log_group", { logGroupName: `/${project}` });
  await aws.call("s3", "create_bucket", {
    Bucket: `${cluster}-artifacts`,
    CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
  });
  await aws.call("ecs", "create_cluster", { clusterName: cluster });
  const options = {
    ...{ "awslogs-group": `/${project}`, "awslogs-region": "eu-central-1" },
    "awslogs-stream-prefix": "api",
  };
  await aws.call("ecs", "register_task_definition", {
    family: `${project}-template`,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    ...{ cpu: "256", memory: "512" },
    volumes: [{ name: "data" }],
    containerDefinitions: [
      {
        // moto asks for a container's memory, where Fargate has the task's.
        ...{ name: "api", image: `${ecr}/team/api:unreleased`, essential: true, memory: 512 },
        portMappings: [{ containerPort: 8000, protocol: "tcp" }],
        environment: [
          { name: "KITCHEN_API_HOST", value: "0.0.0.0" },
          { name: "KITCHEN_API_MODEL_PATH", value: "/data/demand.json" },
        ],
        secrets: [{ name: "KITCHEN_API_DATABASE_URL", valueFrom: ARN }],
        mountPoints: [{ sourceVolume: "data", containerPath: "/data", readOnly: false }],
        logConfiguration: { logDriver: "awslogs", options },
      },
    ],
  });
  const service = (serviceName: string, colour: string, more: object = {}, behind: object = {}) =>
    aws.call("ecs", "create_service", {
      ...{ cluster, serviceName, taskDefinition: `${project}-template` },
      ...{ desiredCount: 0, launchType: "FARGATE", ...more },
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [GroupId] } },
      loadBalancers: [
        { targetGroupArn: groups[colour], containerName: "api", containerPort: 8000, ...behind },
      ],
    });
  if (shifting) {
    const advancedConfiguration = {
      alternateTargetGroupArn: groups.green,
      productionListenerRule: rule?.Rules[0]?.RuleArn,
      roleArn: `arn:aws:iam::123456789012:role/${project}-shifting`,
    };
    const deploymentConfiguration = {
      ...{ strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
      deploymentCircuitBreaker: { enable: true, rollback: true },
    };
    await service(project, "blue", { deploymentConfiguration }, { advancedConfiguration });
  } else {
    for (const colour of ["blue", "green"]) await service(`${project}-${colour}`, colour);
  }
  const listener = Listeners[0]?.ListenerArn ?? "";
  return { balancer: LoadBalancerArn, listener, groups, rule: rule?.Rules[0]?.RuleArn };
}
