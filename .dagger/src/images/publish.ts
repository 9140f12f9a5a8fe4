import { type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger";
import * as z from "zod";
import { images } from "../toolbox/images.ts";
import { moduleFile } from "../toolbox/module-file.ts";
import type { BuiltImage } from "./build-image.ts";
import { sbomMediaType } from "./sbom.ts";

/** Where images go to. */
export interface Destination {
  /** `registry.example.com/team`: images go to `registry.example.com/team/NAME` */
  readonly registry: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly tags: readonly string[];
  /** the registry itself, when it is one of this machine or of a test */
  readonly service?: Service;
  /** seconds for one image, retries included */
  readonly limit: number;
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

/** A destination cannot be published to as it was given. */
export class DestinationError extends Error {}

/**
 * Sends an image, its SBOM attached. The tags move last.
 *
 * @throws DestinationError, or ExecError with one line that says what the registry did not take
 */
export async function publishImage(
  image: BuiltImage,
  sbom: File,
  destination: Destination,
): Promise<Published> {
  const { host, path } = checked(destination);
  const { name, about } = image;
  const repository = [...path, name].join("/");
  const loopback = isLoopback(host);
  const { service, username = "", password } = destination;
  // A container's own localhost is another one: the service gets a name of its own.
  const alias = loopback ? `registry${host.replace(/^[^:]*/, "")}` : host;
  const blobs = about.layers.map(({ digest, size }) => `${digest} ${size}\n`).join("");
  let container: Container = dag
    .container()
    .from(images.regctl)
    .withFile("/kitchen/publish.sh", moduleFile("scripts/publish.sh"))
    .withMountedTemp("/kitchen-tmp")
    .withMountedDirectory("/image/layout", image.layout)
    .withNewFile("/image/blobs", blobs)
    .withFile(`/attach/${sbomMediaType.replace("/", "_")}`, sbom)
    .withEnvVariable("HOST", alias)
    .withEnvVariable("NAME", host)
    .withEnvVariable("REPOSITORY", repository)
    .withEnvVariable("DIGEST", about.digest)
    .withEnvVariable("TAGS", destination.tags.join(" "))
    .withEnvVariable("PLAIN_HTTP", String(loopback))
    .withEnvVariable("USERNAME", username)
    .withEnvVariable("LIMIT", String(destination.limit))
    // What a registry holds is no function of what was sent to it before: asked anew each time.
    .withEnvVariable("KITCHEN_RUN", crypto.randomUUID());
  if (service) container = container.withServiceBinding(alias.replace(/:\d+$/, ""), service);
  if (password) container = container.withMountedSecret("/run/secrets/password", password);
  const result = await container
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

function checked({ registry, username, password, tags, service }: Destination): {
  host: string;
  path: string[];
} {
  const [host = "", ...path] = registry.replace(/\/+$/, "").split("/");
  if (/^[a-z]+:\/\//i.test(registry)) {
    throw new DestinationError(`registry ${registry}: give it without a scheme, as HOST/PATH`);
  }
  if (!/^[A-Za-z0-9.-]+(?::\d+)?$/.test(host) || !/[.:]|^localhost$/.test(host)) {
    throw new DestinationError(`registry ${registry}: ${host || "nothing"} is no host name`);
  }
  const wrong = path.find((part) => !/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(part));
  if (wrong !== undefined) {
    throw new DestinationError(
      `registry ${registry}: ${JSON.stringify(wrong)} is no part of a repository's name: lower-case letters, digits and . _ - between them`,
    );
  }
  const tag = tags.find((each) => !/^\w[\w.-]{0,127}$/.test(each));
  if (tag !== undefined) {
    throw new DestinationError(
      `tag ${JSON.stringify(tag)}: letters, digits, _ . - only, 128 at most, and neither . nor - first`,
    );
  }
  if ((username === undefined) !== (password === undefined)) {
    throw new DestinationError("username and password: give both or none");
  }
  if (isLoopback(host) && !service) {
    throw new DestinationError(
      `registry ${host}: a port of this machine is given to containers as a service: --registry-service tcp://${host.includes(":") ? host : `${host}:5000`}`,
    );
  }
  return { host, path };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+)(?::\d+)?$/.test(host);
}
