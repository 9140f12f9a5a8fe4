import { type Directory, dag, type File } from "@dagger.io/dagger";
import { images } from "../toolbox/images.ts";
import type { BuiltImage } from "./build-image.ts";

/** CycloneDX 1.6, as registries name it. */
export const sbomMediaType = "application/vnd.cyclonedx+json";

/**
 * What an image really holds: Debian packages and Python distributions, as syft finds them in its
 * layers. The same image gives the same bytes: number and time are the image's own.
 */
export async function sbomOf({ name, about, layout }: BuiltImage): Promise<File> {
  const text = await scanned(layout).contents();
  const document = JSON.parse(text) as Record<string, unknown> & {
    metadata: Record<string, unknown> & { component?: Record<string, unknown> };
  };
  const sbom = {
    ...document,
    serialNumber: `urn:uuid:${uuidOf(about.digest)}`,
    metadata: {
      ...document.metadata,
      timestamp: about.created,
      component: {
        ...document.metadata.component,
        type: "container",
        name,
        version: about.digest,
      },
    },
  };
  return dag.file(`${name}.cdx.json`, `${JSON.stringify(sbom, null, 2)}\n`);
}

function scanned(layout: Directory): File {
  return dag
    .container()
    .from(images.syft)
    .withEnvVariable("SYFT_CHECK_FOR_APP_UPDATE", "false")
    .withMountedDirectory("/image", layout)
    .withExec(
      [
        ...["scan", "oci-dir:/image", "--select-catalogers", "-file", "--quiet"],
        ...["--output", "cyclonedx-json@1.6=/tmp/sbom.json"],
      ],
      { useEntrypoint: true },
    )
    .file("/tmp/sbom.json");
}

/** A UUID (version 8: of one's own making) out of a digest. */
function uuidOf(digest: string): string {
  const hex = digest.slice("sha256:".length);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}
