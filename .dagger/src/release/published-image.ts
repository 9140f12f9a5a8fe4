import type { File } from "@dagger.io/dagger";
import * as z from "zod";
import { type RegistryAccess, registryScript } from "../images/registry-address.ts";
import { standInLabel } from "../images/stand-ins.ts";
import { ownWords } from "../images/why.ts";
import { digestOf, type Manifest } from "./manifest.ts";

type Image = Manifest["images"][number];

/** The images cannot be a release; each line says of one why. */
export class ImagesError extends Error {}

const listSchema = z
  .array(
    z.looseObject({
      name: z.string().min(1),
      reference: z.string().regex(/^[^\s@/]+(?:\/[^\s@/]+)+@sha256:[0-9a-f]{64}$/),
      digest: z.string(),
    }),
  )
  .min(1);
const manifestSchema = z.looseObject({
  annotations: z.record(z.string(), z.string()).optional(),
});
const configSchema = z.looseObject({
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).optional(),
});

/** Reads `published.json`, as publishing wrote it. */
export function readPublished(text: string): Pick<Image, "name" | "reference" | "digest">[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ImagesError(`published: no JSON: ${(error as Error).message}`);
  }
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) {
    throw new ImagesError(
      `published: not what \`build-images publish … json\` writes:\n${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data.map(({ name, reference, digest }) => ({ name, reference, digest }));
}

/**
 * Asks the registry for the images: each is there, was made from the commit, and says what it is
 * built on.
 *
 * @throws ImagesError with a line for each image that cannot be released
 */
export async function publishedImages(
  published: File,
  revision: string,
  access: RegistryAccess,
): Promise<Image[]> {
  const list = readPublished(await published.contents());
  const results = await Promise.all(
    list.map(async (image) => {
      const said = await answerAbout(image.reference, access).catch(ownWords);
      return typeof said === "string" ? said : described(image, said, revision);
    }),
  );
  const problems = results.flatMap((each) => (typeof each === "string" ? [each] : []));
  if (problems.length > 0) throw new ImagesError(problems.join("\n"));
  return results.flatMap((each) => (typeof each === "string" ? [] : [each]));
}

/** Asks the registry for images by their digests; a line for each that it does not give. */
export async function missingImages(
  images: readonly Pick<Image, "reference" | "digest">[],
  access: RegistryAccess,
): Promise<string[]> {
  const found = await Promise.all(
    images.map(async ({ reference, digest }) => {
      const said = await answerAbout(reference, access).catch(ownWords);
      if (typeof said === "string") return [said];
      const given = digestOf(said.manifest);
      return given === digest ? [] : [`the registry gives ${given} for ${reference}`];
    }),
  );
  return found.flat();
}

interface Answer {
  readonly manifest: string;
  readonly config: string;
}

async function answerAbout(reference: string, access: RegistryAccess): Promise<Answer> {
  const [repository = "", digest = ""] = reference.split("@");
  const [host = "", ...path] = repository.split("/");
  const answer = registryScript("describe-image.sh", { host, path }, access)
    .withEnvVariable("DIGEST", digest)
    .withExec(["sh", "/kitchen/describe-image.sh"])
    .directory("/result");
  const [manifest, config] = await Promise.all([
    answer.file("manifest").contents(),
    answer.file("config").contents(),
  ]);
  return { manifest, config };
}

/** What the registry says of an image, held against what publishing said; a text says what is wrong. */
export function described(
  image: Pick<Image, "name" | "reference" | "digest">,
  { manifest, config }: Answer,
  revision: string,
): Image | string {
  const { name, reference, digest } = image;
  if (digest !== reference.replace(/^.*@/, "")) {
    return `${name}: its digest is given as ${digest}, and as ${reference}`;
  }
  const found = digestOf(manifest);
  if (found !== digest) return `${name}: the registry gives ${found} for ${reference}`;
  const { annotations = {} } = manifestSchema.parse(JSON.parse(manifest));
  const from = annotations["org.opencontainers.image.revision"] ?? "no commit that it names";
  if (from !== revision) return `${name}: it was made from ${from}, not from ${revision}`;
  const labels = configSchema.parse(JSON.parse(config)).config?.Labels ?? {};
  const standIns = labels[standInLabel]?.split(", ") ?? [];
  return { name, reference, digest, standIns };
}
