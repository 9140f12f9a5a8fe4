import type { Secret } from "@dagger.io/dagger";
import * as z from "zod";
import type { BuiltImage } from "./build-image.ts";
import { provenanceMediaType, signedProvenance } from "./provenance.ts";
import {
  DestinationError,
  type RegistryAccess,
  registryScript,
  splitRegistry,
} from "./registry-address.ts";
import { sbomMediaType, sbomOf } from "./sbom.ts";

/** Where images go to. */
export interface Destination extends RegistryAccess {
  /** `registry.example.com/team`: images go to `registry.example.com/team/NAME` */
  readonly registry: string;
  readonly tags: readonly string[];
  /** seconds for one image, retries included */
  readonly limit: number;
  /** private key (PEM) for the provenance */
  readonly signingKey?: Secret;
}

const count = z.object({ blobs: z.number(), bytes: z.number() });
const resultSchema = z.object({
  sent: count,
  there: count,
  attached: z.record(z.string(), z.string()),
});

export interface Published extends z.infer<typeof resultSchema> {
  readonly name: string;
  /** with its digest */
  readonly reference: string;
  readonly digest: string;
  /** bytes */
  readonly size: number;
  readonly created: string;
  readonly tags: readonly string[];
}

/**
 * Sends an image, its SBOM attached. The tags move last.
 *
 * @throws DestinationError, or ExecError with one line that says what the registry did not take
 */
export async function publishImage(
  image: BuiltImage,
  destination: Destination,
): Promise<Published> {
  const { host, path } = splitRegistry(destination.registry);
  checkTags(destination.tags);
  const { name, about } = image;
  const repository = [...path, name].join("/");
  const blobs = about.layers.map(({ digest, size }) => `${digest} ${size}\n`).join("");
  // Said before anything else is done: where it cannot go.
  let sending = registryScript("publish.sh", { host, path: [...path, name] }, destination)
    .withMountedDirectory("/image/layout", image.layout)
    .withNewFile("/image/blobs", blobs)
    .withFile(attachment(sbomMediaType), await sbomOf(image))
    .withEnvVariable("MANIFEST", about.digest)
    .withEnvVariable("TAGS", destination.tags.join(" "))
    .withEnvVariable("LIMIT", String(destination.limit));
  if (destination.signingKey) {
    const provenance = await signedProvenance(
      image,
      `${host}/${repository}`,
      destination.signingKey,
    );
    sending = sending.withFile(attachment(provenanceMediaType), provenance);
  }
  const result = await sending
    .withExec(["sh", "/kitchen/publish.sh"])
    .file("/result/result.json")
    .contents();
  return {
    name,
    reference: `${host}/${repository}@${about.digest}`,
    digest: about.digest,
    size: about.size,
    created: about.created,
    tags: destination.tags,
    ...resultSchema.parse(JSON.parse(result)),
  };
}

function checkTags(tags: readonly string[]): void {
  const tag = tags.find((each) => !/^\w[\w.-]{0,127}$/.test(each));
  if (tag !== undefined) {
    throw new DestinationError(
      `tag ${JSON.stringify(tag)}: letters, digits, _ . - only, 128 at most, and neither . nor - first`,
    );
  }
}

/** Where publish.sh finds what it attaches, by its media type. */
function attachment(mediaType: string): string {
  return `/attach/${mediaType.replace("/", "_")}`;
}
