import { z } from "zod";
import type { StandIn } from "./stand-in.ts";

/** The registry of the account, as ECR names it. */
export const ecr = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

const repositories = z.object({ repositories: z.array(z.unknown()) });

/** The form of manifests there, and in the registry that the images come from. */
export const mediaType = "application/vnd.oci.image.manifest.v1+json";

interface EcrImage {
  readonly digest: string;
  readonly manifest: string;
}

/** Has the repository `team/api` hold an image. */
export async function putIntoEcr(aws: StandIn, image: EcrImage): Promise<void> {
  const repositoryName = "team/api";
  const there = repositories.parse(await aws.call("ecr", "describe_repositories"));
  if (there.repositories.length === 0)
    await aws.call("ecr", "create_repository", { repositoryName });
  await aws.call("ecr", "put_image", {
    ...{ repositoryName, imageDigest: image.digest },
    ...{ imageManifest: image.manifest, imageManifestMediaType: mediaType },
  });
}
