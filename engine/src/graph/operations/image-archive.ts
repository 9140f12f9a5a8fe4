import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { publishLayer } from "../../cache-folder.ts";
import type { ImageConfig } from "../../images/image.ts";
import { archiveLayer } from "../../images/layer-archive.ts";
import { readLayout, unpackLayers } from "../../images/layout.ts";
import { tar } from "../../images/tar.ts";
import { type ImageDescription, type PackedImage, writeLayout } from "../../images/write-layout.ts";
import type { Snapshot } from "../../runner/snapshot.ts";
import { ApiError } from "../../tree/api-error.ts";
import { blobPath, hasBlob, linkBlob } from "../../tree/blobs.ts";
import type { Digest, Json } from "../../tree/digest.ts";
import type { FileNode } from "../../tree/tree.ts";
import type { Context } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { restoreSnapshot } from "./snapshot.ts";
import { byContents, inMemory } from "./tree-source.ts";

const run = promisify(execFile);

/** An image as its files and all the rest. */
interface DescribedImage {
  readonly snapshot: Snapshot;
  readonly description: ImageDescription;
}

/** Runs `use` with an OCI layout of an image for one or more platforms, which is gone afterwards. */
export async function withLayout<T>(
  images: readonly DescribedImage[],
  { cache, signal }: Context,
  use: (folder: string, digest: Digest) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(cache.tmp, "layout-"));
  try {
    const packed: PackedImage[] = [];
    for (const { snapshot, description } of images) {
      const layers = [];
      for (const layer of snapshot.layers) {
        layers.push(await archiveLayer(layer, description.compression, { cache, signal }));
      }
      packed.push({ layers, description });
    }
    const layout = join(folder, "layout");
    const digest = writeLayout(layout, packed);
    return await use(layout, digest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An image as an archive of an OCI layout. */
export const imageArchive = defineOperation<Json, FileNode>({
  name: "image archive",
  identity: byContents,
  caching: {
    keep: true,
    store: (file) => file as unknown as Json,
    restore: (kept, { cache }) => {
      const file = kept as unknown as FileNode;
      return hasBlob(cache, file.blob) ? file : undefined;
    },
  },
  run: (descriptions, snapshots, context) =>
    withLayout(
      (descriptions as unknown as ImageDescription[]).map((description, index) => ({
        description,
        snapshot: snapshots[index] as Snapshot,
      })),
      context,
      async (layout) => {
        const path = join(layout, "..", "archive.tar");
        const plain = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
        await tar([...plain, "-cf", path, "-C", layout, "."], context.signal);
        const hash = createHash("sha256");
        await pipeline(createReadStream(path), hash);
        const blob: Digest = `sha256:${hash.digest("hex")}`;
        linkBlob(context.cache, blob, path);
        const { size } = statSync(path);
        return { kind: "file", blob, size, mode: 0o600, uid: 0, gid: 0 };
      },
    ),
});

/** The image of an archive. */
export interface ImportedImage {
  readonly config: ImageConfig;
  readonly rootfs: Snapshot;
}

export const importedImage = defineOperation<{ tag: string }, ImportedImage>({
  name: "import",
  identity: "recipe",
  caching: {
    keep: true,
    store: (imported) => imported as unknown as Json,
    restore: (kept, { cache }) => {
      const imported = kept as unknown as ImportedImage;
      return restoreSnapshot(imported.rootfs.layers as never, cache) ? imported : undefined;
    },
  },
  async run({ tag }, [file], { cache, signal }) {
    const folder = mkdtempSync(join(cache.tmp, "import-"));
    try {
      const archive = blobPath(cache, (file as FileNode).blob);
      try {
        await run("tar", ["-xf", archive, "-C", folder], { signal });
      } catch (error) {
        throw new ApiError(`image archive import: ${(error as Error).message.split("\n").at(-1)}`);
      }
      if (!existsSync(join(folder, "index.json"))) {
        throw new ApiError("image archive import: no OCI layout in it (index.json is missing)");
      }
      const { config, layers } = readLayout(folder, tag);
      const root = join(folder, "root");
      await unpackLayers(layers, root);
      return { config, rootfs: { layers: [publishLayer(cache, root)] } };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

export const importedRootfs = defineOperation<null, Snapshot>({
  name: "import rootfs",
  identity: "recipe",
  caching: inMemory,
  run: async (_args, [imported]) => (imported as ImportedImage).rootfs,
});
