import { existsSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
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
    index: `${oci}.index.v1+json`,
    manifest: `${oci}.manifest.v1+json`,
    config: `${oci}.config.v1+json`,
    Gzip: `${oci}.layer.v1.tar+gzip`,
    Uncompressed: `${oci}.layer.v1.tar`,
  },
  DockerMediaTypes: {
    index: `${docker}.distribution.manifest.list.v2+json`,
    manifest: `${docker}.distribution.manifest.v2+json`,
    config: `${docker}.container.image.v1+json`,
    Gzip: `${docker}.image.rootfs.diff.tar.gzip`,
    Uncompressed: `${docker}.image.rootfs.diff.tar`,
  },
} as const;

/** Real times would make every image another one; who wants one sets it afterwards. */
const created = "1970-01-01T00:00:00Z";

/** An image, and the archives of its layers. */
export interface PackedImage {
  readonly layers: readonly (LayerArchive & { readonly path: string })[];
  readonly description: ImageDescription;
}

/**
 * Writes an OCI layout into an empty folder: of one image, or of an index of one for each platform.
 * Answers the digest of that image or index.
 */
export function writeLayout(folder: string, images: readonly PackedImage[]): Digest {
  const blobs = join(folder, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const manifests = images.map((image) => putImage(blobs, image));
  const [only] = manifests;
  const kind = images[0]?.description.mediaTypes ?? "OCIMediaTypes";
  const { index } = mediaTypes[kind];
  const top =
    manifests.length === 1 && only
      ? only
      : { mediaType: index, ...put(blobs, { schemaVersion: 2, mediaType: index, manifests }) };
  const layout = { schemaVersion: 2, mediaType: mediaTypes.OCIMediaTypes.index, manifests: [top] };
  writeFileSync(join(folder, "index.json"), JSON.stringify(layout));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return top.digest;
}

function putImage(blobs: string, { layers, description }: PackedImage) {
  const { config, platform, history, annotations, compression } = description;
  const types = mediaTypes[description.mediaTypes];
  const [os = "linux", architecture = "amd64", variant] = platform.split("/");
  const configuration = put(blobs, {
    created,
    architecture,
    os,
    ...(variant ? { variant } : {}),
    config: config as Json,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_layer, index) => ({ created, created_by: history[index] ?? "" })),
  });
  for (const { digest, path } of layers) {
    const blob = join(blobs, hexOf(digest));
    // Variants of one program share their lower layers.
    if (!existsSync(blob)) linkSync(path, blob);
  }
  const manifest = put(blobs, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, ...configuration },
    layers: layers.map(({ digest, size }) => ({ mediaType: types[compression], digest, size })),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  });
  const where = { architecture, os, ...(variant ? { variant } : {}) };
  return { mediaType: types.manifest, ...manifest, platform: where };
}

function put(blobs: string, content: Json): { digest: Digest; size: number } {
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = digestOfBytes(bytes);
  writeFileSync(join(blobs, hexOf(digest)), bytes);
  return { digest, size: bytes.length };
}
