import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { ApiError } from "../tree/api-error.ts";
import type { Digest } from "../tree/digest.ts";
import { type ImageConfig, imageConfigSchema } from "./image.ts";

const run = promisify(execFile);

const refName = "org.opencontainers.image.ref.name";

const descriptor = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
  annotations: z.record(z.string(), z.string()).nullish(),
});
const indexSchema = z.object({ manifests: z.array(descriptor).min(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });
const configSchema = z.object({ config: imageConfigSchema.nullish() });

/** The image of an OCI layout: its digest, its configuration, and where its layers lie. */
export function readLayout(
  folder: string,
  tag = "",
): { digest: Digest; config: ImageConfig; layers: string[] } {
  const blob = (digest: string) => join(folder, "blobs/sha256", digest.slice("sha256:".length));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const { manifests } = indexSchema.parse(read(join(folder, "index.json")));
  const named = manifests.find(({ annotations }) => annotations?.[refName] === tag);
  if (tag !== "" && !named) throw new ApiError(`tag ${JSON.stringify(tag)} not found in archive`);
  const digest = (named ?? manifests[0])?.digest as Digest;
  const manifest = manifestSchema.parse(read(blob(digest)));
  const { config } = configSchema.parse(read(blob(manifest.config.digest)));
  return {
    digest,
    config: config ?? {},
    layers: manifest.layers.map((layer) => blob(layer.digest)),
  };
}

/** Lays an image's layers out in a folder, as one file system. */
export async function unpackLayers(layers: readonly string[], root: string): Promise<void> {
  mkdirSync(root);
  for (const layer of layers) await applyLayer(layer, root);
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
