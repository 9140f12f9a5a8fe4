import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import * as z from "zod";

/** A SHA-256 as registries write it. */
export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "a digest: sha256: and 64 hexadecimal digits, lower case");

const image = z.strictObject({
  name: z.string().min(1).describe("The service that it is of"),
  reference: z
    .string()
    .regex(/^[^\s@]+\/[^\s@]+@sha256:[0-9a-f]{64}$/, "an image with its digest: HOST/PATH@sha256:…")
    .describe("Where it was published, with its digest"),
  digest: digestSchema,
  standIns: z
    .array(z.string().min(1))
    .describe("Base images that could not be had when it was built, and what stood in for them"),
});

const table = z.strictObject({
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
});

const evidence = z.strictObject({
  stage: z.string().min(1),
  verdict: z.enum(["passed", "failed", "error", "inconclusive", "not-run"]),
  digest: digestSchema.describe("SHA-256 of the report's JSON"),
  notRun: z.array(z.string()).describe("Tools that could not be asked, and where"),
  tables: z.array(table).optional().describe("What it measured, such as percentiles"),
});

/** What a release says of itself. Lists are in the order of their names. */
export const manifestSchema = z
  .strictObject({
    format: z.literal("kitchen/release/v1"),
    repository: z.url().optional().describe("Address of the repository, from kitchen.yaml"),
    commit: z
      .string()
      .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "a commit: 40 or 64 hexadecimal digits")
      .describe("The commit that all of it was made from"),
    authors: z
      .array(z.string().min(1))
      .min(1)
      .describe("E-mail addresses of those who wrote the commit, co-authors with them"),
    images: z.array(image),
    support: z
      .array(image)
      .optional()
      .describe("Images of others that an environment of containers needs, in the same registry"),
    dags: z
      .array(z.strictObject({ name: z.string().min(1), digest: digestSchema }))
      .describe("DAGs by service"),
    terraform: z
      .array(z.strictObject({ path: z.string().min(1), digest: digestSchema }))
      .describe("Folders of Terraform configuration"),
    evidence: z.array(evidence),
  })
  .describe("A release of Kitchen: what goes to production, by digests, and what proves it");

export type Manifest = z.infer<typeof manifestSchema>;

/** It is no release; the message says what is wrong with it. */
export class ManifestError extends Error {}

/** A release's one way to be written: JSON by RFC 8785, so that equal releases are equal bytes. */
export function canonicalJson(manifest: Manifest): string {
  const sorted: Manifest = {
    ...manifest,
    authors: [...manifest.authors].sort(),
    images: sortedImages(manifest.images),
    ...(manifest.support ? { support: sortedImages(manifest.support) } : {}),
    dags: [...manifest.dags].sort(by((each) => each.name)),
    terraform: [...manifest.terraform].sort(by((each) => each.path)),
    evidence: [...manifest.evidence].sort(by((each) => `${each.stage} ${each.digest}`)),
  };
  return canonicalize(manifestSchema.parse(sorted)) as string;
}

/**
 * Reads a release.
 *
 * @param expected its digest, when the text came from somewhere else
 * @throws ManifestError when it is none, is not canonical, or has another digest
 */
export function readManifest(text: string, expected?: string): Manifest {
  const found = digestOf(text);
  if (expected !== undefined && found !== expected) {
    throw new ManifestError(`what was found as release ${expected} has the digest ${found}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(`release ${found} is no JSON: ${(error as Error).message}`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    throw new ManifestError(`release ${found} is none:\n${z.prettifyError(parsed.error)}`);
  }
  if (canonicalJson(parsed.data) !== text) {
    throw new ManifestError(
      `release ${found} is not canonical JSON (RFC 8785, lists in order): it was written by something else than Kitchen`,
    );
  }
  return parsed.data;
}

/** SHA-256 of a text in UTF-8; of a release's canonical JSON it is what the release is called. */
export function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function sortedImages(images: Manifest["images"]): Manifest["images"] {
  return images
    .map((each) => ({ ...each, standIns: [...each.standIns].sort() }))
    .sort(by((each) => each.name));
}

function by<T>(key: (of: T) => string): (one: T, other: T) => number {
  return (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}
