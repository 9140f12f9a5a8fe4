import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { type CacheFolder, publishLayer } from "../cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import type { ResolvedImage } from "./image.ts";
import { readLayout, unpackLayers } from "./layout.ts";
import { formatReference, type Reference } from "./reference.ts";
import type { RegistryLogin } from "./registry-login.ts";
import { isPlain, isUnchecked, mirrorOptions, placesOf } from "./registry-settings.ts";
import { skopeo } from "./skopeo.ts";

/** Nobody answers at the registry's address: the one case in which a stand-in may be used. */
export class RegistryUnreachable extends Error {
  /** @param why as the network said it */
  constructor(
    reference: Reference,
    readonly why: string,
  ) {
    const { registry, repository, tag, digest } = reference;
    const asked = `${addressOf(registry)}/v2/${repository}/manifests/${digest ?? tag}`;
    super(`failed to do request: Head ${JSON.stringify(asked)}: ${why}`);
  }
}

/** A registry was asked, and does not have it. */
export class ImageNotFound extends ApiError {}

function addressOf(registry: string): string {
  if (isPlain(registry)) return `http://${registry}`;
  return `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}`;
}

/** Is there anybody at the registry's address, or at a mirror's? Asked with a short limit. */
export async function probeRegistry(reference: Reference, signal: AbortSignal): Promise<void> {
  const places = placesOf(reference.registry);
  const silences: string[] = [];
  for (const place of places) {
    const why = await silenceOf(place, signal);
    if (why === undefined) return;
    silences.push(places.length > 1 ? `${place}: ${why}` : why);
  }
  throw new RegistryUnreachable(reference, silences.join("; "));
}

/** Why nobody answers at a registry's address; undefined when somebody does. */
export async function silenceOf(
  registry: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = new URL(`${addressOf(registry)}/v2/`);
  // Not by fetch: it refuses some ports by their number.
  const { request } = url.protocol === "http:" ? http : https;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
  return new Promise((resolve, reject) => {
    const options = { method: "HEAD", signal: limit, rejectUnauthorized: !isUnchecked(registry) };
    const asking = request(url, options, (answer) => {
      answer.resume();
      resolve(undefined);
    });
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) return reject(error);
      const refused = error.code === "ECONNREFUSED";
      resolve(refused ? `dial tcp ${url.host}: connect: connection refused` : error.message);
    });
    asking.end();
  });
}

interface PullContext {
  readonly cache: CacheFolder;
  readonly signal: AbortSignal;
  readonly login?: RegistryLogin;
  log(line: string): void;
}

/** Brings an image by skopeo and lays its layers out as one. */
export async function pullImage(
  reference: Reference,
  platform: string,
  context: PullContext,
): Promise<ResolvedImage> {
  const folder = mkdtempSync(join(context.cache.tmp, "pull-"));
  try {
    await copy(reference, platform, join(folder, "oci"), context);
    const { digest, config, layers } = readLayout(join(folder, "oci"));
    const root = join(folder, "root");
    await unpackLayers(layers, root);
    const full = formatReference({ ...reference, digest });
    return { reference: full, digest, config, platform, layer: publishLayer(context.cache, root) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copy(
  reference: Reference,
  platform: string,
  destination: string,
  context: PullContext,
): Promise<void> {
  const [os = "linux", arch = "amd64"] = platform.split("/");
  // skopeo takes a tag or a digest, not both; the digest says more.
  const registry = reference.service?.address ?? reference.registry;
  const named = { ...reference, registry, ...(reference.digest ? { tag: undefined } : {}) };
  const args = [
    ...(reference.service ? [] : mirrorOptions(context.cache)),
    ...["--override-os", os, "--override-arch", arch, "copy", "--quiet"],
    ...(reference.service || isUnchecked(registry) ? ["--src-tls-verify=false"] : []),
    `docker://${formatReference(named)}`,
    `oci:${destination}:image`,
  ];
  const full = formatReference(reference);
  try {
    await skopeo(args, `resolve image ${full}`, { ...context, registry });
  } catch (error) {
    if (!/(?:manifest|name) unknown/u.test((error as Error).message)) throw error;
    throw new ImageNotFound(
      `failed to resolve image ${JSON.stringify(full)} (platform: ${JSON.stringify(platform)}): ${full}: not found`,
    );
  }
}
