import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import * as z from "zod";
import { type CacheFolder, publishLayer } from "../cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Digest } from "../tree/digest.ts";
import { type ImageConfig, imageConfigSchema, type ResolvedImage } from "./image.ts";
import { formatReference, type Reference } from "./reference.ts";

const run = promisify(execFile);
const attempts = 3;

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

/** Brings an image by skopeo and lays its layers out as one. */
export async function pullImage(
  reference: Reference,
  platform: string,
  context: { cache: CacheFolder; log(line: string): void; signal: AbortSignal },
): Promise<ResolvedImage> {
  const folder = mkdtempSync(join(context.cache.tmp, "pull-"));
  try {
    await copy(reference, platform, join(folder, "oci"), context);
    const { digest, config, layers } = readLayout(join(folder, "oci"));
    const root = join(folder, "root");
    mkdirSync(root);
    for (const layer of layers) await applyLayer(layer, root);
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
  { log, signal }: { log(line: string): void; signal: AbortSignal },
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
  for (let attempt = 1; ; attempt++) {
    try {
      await run("skopeo", args, { signal, timeout: 600_000 });
      return;
    } catch (error) {
      const why = String((error as { stderr?: string }).stderr || (error as Error).message).trim();
      if (attempt === attempts || !/50\d|connection|timeout|EOF|reset/iu.test(why)) {
        throw new ApiError(`failed to resolve image ${formatReference(reference)}: ${why}`);
      }
      log(`pulling ${formatReference(reference)} failed (${why}), trying again`);
      await sleep(500 * 2 ** attempt, undefined, { signal });
    }
  }
}

const descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u) });
const indexSchema = z.object({ manifests: z.array(descriptor).min(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });
const configSchema = z.object({ config: imageConfigSchema.nullish() });

function readLayout(folder: string): { digest: Digest; config: ImageConfig; layers: string[] } {
  const blob = (digest: string) => join(folder, "blobs/sha256", digest.slice("sha256:".length));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const { manifests } = indexSchema.parse(read(join(folder, "index.json")));
  const digest = manifests[0]?.digest as Digest;
  const manifest = manifestSchema.parse(read(blob(digest)));
  const { config } = configSchema.parse(read(blob(manifest.config.digest)));
  return {
    digest,
    config: config ?? {},
    layers: manifest.layers.map((layer) => blob(layer.digest)),
  };
}

/** Unpacks one layer over those below it: what it deletes first, then what it adds. */
async function applyLayer(archive: string, root: string): Promise<void> {
  const { stdout } = await run("tar", ["-tf", archive, "--quoting-style=literal"], {
    maxBuffer: 1 << 28,
  });
  for (const name of stdout.split("\n")) {
    const at = /^(?<folder>.*?\/?)\.wh\.(?<name>[^/]+)$/u.exec(name)?.groups;
    if (!at) continue;
    const folder = join(root, "/", at.folder ?? "");
    if (at.name === ".wh..opq") {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    } else rmSync(join(folder, at.name as string), { recursive: true, force: true });
  }
  const keep = ["--numeric-owner", "-p", "--xattrs", "--xattrs-include=*", "--exclude=.wh.*"];
  await run("tar", ["-xf", archive, "-C", root, ...keep]);
}

export function isLoopback(registry: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/u.test(registry);
}
