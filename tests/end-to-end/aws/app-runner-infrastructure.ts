import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ecr } from "./ecr.ts";
import type { StandIn } from "./stand-in.ts";

/** An App Runner service as Terraform makes it, with an image of no release, and its bucket. */
export async function makeService(
  aws: StandIn,
  variables: Readonly<Record<string, string>>,
  digest = `sha256:${"f".repeat(64)}`,
): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" };
  await aws.call("s3", "create_bucket", { Bucket: "kitchen-state", CreateBucketConfiguration });
  await aws.call("apprunner", "create_service", {
    ServiceName: "kitchen",
    SourceConfiguration: {
      ImageRepository: {
        ImageIdentifier: `${ecr}/team/api@${digest}`,
        ImageRepositoryType: "ECR",
        ImageConfiguration: { Port: "8000", RuntimeEnvironmentVariables: variables },
      },
      AuthenticationConfiguration: { AccessRoleArn: "arn:aws:iam::123456789012:role/pulls" },
      AutoDeploymentsEnabled: true,
    },
    HealthCheckConfiguration: { Protocol: "HTTP", Path: "/healthz" },
  });
  for (let status = ""; status !== "RUNNING"; await sleep(200)) {
    const listed = services.parse(await aws.call("apprunner", "list_services"));
    status = listed.ServiceSummaryList[0]?.Status ?? "";
    if (status === "CREATE_FAILED") throw new Error("the service does not become well");
  }
}

const services = z.object({ ServiceSummaryList: z.array(z.object({ Status: z.string() })) });

/** An MWAA environment with a bucket of its own that keeps versions. */
export async function makeAirflow(aws: StandIn): Promise<void> {
  const Bucket = "kitchen-flow";
  const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" };
  await aws.call("s3", "create_bucket", { Bucket, CreateBucketConfiguration });
  const VersioningConfiguration = { Status: "Enabled" };
  await aws.call("s3", "put_bucket_versioning", { Bucket, VersioningConfiguration });
  await aws.call("mwaa", "create_environment", {
    ...{ Name: "flow", DagS3Path: "dags/none", SourceBucketArn: `arn:aws:s3:::${Bucket}` },
    ExecutionRoleArn: "arn:aws:iam::123456789012:role/flow",
    NetworkConfiguration: { SubnetIds: ["subnet-1", "subnet-2"] },
  });
}
