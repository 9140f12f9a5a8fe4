import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publishLayer } from "../../cache-folder.ts";
import { type Digest, digestOfJson } from "../../tree/digest.ts";
import type { ResolvedImage } from "../image.ts";
import { formatReference, type Reference } from "../reference.ts";
import type { ImageContext } from "../resolve.ts";
import { actionlint } from "./actionlint.ts";
import { alpine } from "./alpine.ts";
import { buildpackDeps } from "./buildpack-deps.ts";
import { haproxy } from "./haproxy.ts";
import { postgres } from "./postgres.ts";
import { python } from "./python.ts";
import { regctl } from "./regctl.ts";
import type { StandIn } from "./stand-in.ts";
import { syft } from "./syft.ts";
import { terraform } from "./terraform.ts";
import { tflint } from "./tflint.ts";

const standIns: readonly StandIn[] = [
  python,
  alpine,
  terraform,
  tflint,
  actionlint,
  regctl,
  syft,
  postgres,
  buildpackDeps,
  haproxy,
];

export function findStandIn(reference: Reference): StandIn | undefined {
  return standIns.find((standIn) => standIn.matches(reference));
}

/** The references that have one, for people. */
export function standInNames(): string[] {
  return standIns.map(({ name }) => name);
}

/** The digest of a stand-in is that of its recipe, so equal ones are equal everywhere. */
export function standInDigest(standIn: StandIn, reference: Reference, platform: string): Digest {
  return digestOfJson([standIn.name, standIn.recipe, formatReference(reference), platform]);
}

/** Builds a stand-in. */
export async function makeStandIn(
  standIn: StandIn,
  reference: Reference,
  platform: string,
  context: ImageContext,
): Promise<ResolvedImage> {
  const full = formatReference(reference);
  const since = performance.now();
  context.log(`${full}: registry unreachable, building a stand-in (${standIn.madeOf})`);
  const folder = mkdtempSync(join(context.cache.tmp, "stand-in-"));
  try {
    const root = join(folder, "root");
    mkdirSync(root);
    await standIn.build(root, reference, context);
    const digest = standInDigest(standIn, reference, platform);
    const seconds = ((performance.now() - since) / 1000).toFixed(0);
    context.log(`${full}: stand-in built in ${seconds} s`);
    return {
      reference: formatReference({ ...reference, digest }),
      digest,
      config: standIn.config(reference),
      platform,
      layer: publishLayer(context.cache, root),
      standIn: standIn.madeOf,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
