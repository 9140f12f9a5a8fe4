import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { type CacheFolder, publishLayer } from "../cache-folder.ts";
import type { ResolvedImage } from "./image.ts";
import { readLayout, unpackLayers } from "./layout.ts";
import { formatReference, type Reference } from "./reference.ts";
import type { RegistryLogin } from "./registry-login.ts";
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

function addressOf(registry: string): string {
  if (isLoopback(registry)) return `http://${registry}`;
  return `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}`;
}

/** Is there anybody at the registry's address? Asked once, with a short limit. */
export async function probeRegistry(reference: Reference, signal: AbortSignal): Promise<void> {
  const url = new URL(`${addressOf(reference.registry)}/v2/`);
  // Not by fetch: it refuses some ports by their number.
  const { request } = url.protocol === "http:" ? http : https;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
  await new Promise<void>((resolve, reject) => {
    const asking = request(url, { method: "HEAD", signal: limit }, (answer) => {
      answer.resume();
      resolve();
    });
    asking.on("error", (error: NodeJS.ErrnoException) => {
      const refused = error.code === "ECONNREFUSED";
      const why = refused ? `dial tcp ${url.host}: connect: connection refused` : error.message;
      reject(signal.aborted ? error : new RegistryUnreachable(reference, why));
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

function copy(
  reference: Reference,
  platform: string,
  destination: string,
  context: PullContext,
): Promise<void> {
  const [os = "linux", arch = "amd64"] = platform.split("/");
  // skopeo takes a tag or a digest, not both; the digest says more.
  const named = reference.digest ? { ...reference, tag: undefined } : reference;
  const args = [
    ...["--override-os", os, "--override-arch", arch, "copy", "--quiet"],
    ...(isLoopback(reference.registry) ? ["--src-tls-verify=false"] : []),
    `docker://${formatReference(named)}`,
    `oci:${destination}:image`,
  ];
  const what = `resolve image ${formatReference(reference)}`;
  return skopeo(args, what, { ...context, registry: reference.registry });
}

export function isLoopback(registry: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/u.test(registry);
}
