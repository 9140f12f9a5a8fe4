import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOfBytes, hexOf, type Json } from "../tree/digest.ts";
import type { ImageConfig } from "./image.ts";
import type { Compression, LayerArchive } from "./layer-archive.ts";

export type MediaTypes = "OCIMediaTypes" | "DockerMediaTypes";

/** All of an image but its files. */
export interface ImageDescription {
  readonly config: ImageConfig;
  /** `linux/amd64` */
  readonly platform: string;
  /** what made each layer */
  readonly history: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly mediaTypes: MediaTypes;
  readonly compression: Compression;
}

const oci = "application/vnd.oci.image";
const docker = "application/vnd.docker";

const mediaTypes = {
  OCIMediaTypes: {
    manifest: `${oci}.manifest.v1+json`,
    config: `${oci}.config.v1+json`,
    Gzip: `${oci}.layer.v1.tar+gzip`,
    Uncompressed: `${oci}.layer.v1.tar`,
  },
  DockerMediaTypes: {
    manifest: `${docker}.distribution.manifest.v2+json`,
    config: `${docker}.container.image.v1+json`,
    Gzip: `${docker}.image.rootfs.diff.tar.gzip`,
    Uncompressed: `${docker}.image.rootfs.diff.tar`,
  },
} as const;

/** Real times would make every image another one; who wants one sets it afterwards. */
const created = "1970-01-01T00:00:00Z";

/** Writes an OCI layout of one image into an empty folder; answers the manifest's digest. */
export function writeLayout(
  folder: string,
  layers: readonly (LayerArchive & { readonly path: string })[],
  { config, platform, history, annotations, mediaTypes: kind, compression }: ImageDescription,
): Digest {
  const types = mediaTypes[kind];
  const blobs = join(folder, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const [os = "linux", architecture = "amd64", variant] = platform.split("/");
  const configuration = put({
    created,
    architecture,
    os,
    ...(variant ? { variant } : {}),
    config: config as Json,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_layer, index) => ({ created, created_by: history[index] ?? "" })),
  });
  for (const { digest, path } of new Map(layers.map((layer) => [layer.digest, layer])).values()) {
    linkSync(path, join(blobs, hexOf(digest)));
  }
  const manifest = put({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, ...configuration },
    layers: layers.map(({ digest, size }) => ({ mediaType: types[compression], digest, size })),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  });
  const index = {
    schemaVersion: 2,
    mediaType: `${oci}.index.v1+json`,
    manifests: [{ mediaType: types.manifest, ...manifest, platform: { architecture, os } }],
  };
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return manifest.digest;

  function put(content: Json): { digest: Digest; size: number } {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = digestOfBytes(bytes);
    writeFileSync(join(blobs, hexOf(digest)), bytes);
    return { digest, size: bytes.length };
  }
}
