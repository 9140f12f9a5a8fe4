import { dag } from "@dagger.io/dagger";
import { packImage } from "../images/build-image.ts";
import { publishImage } from "../images/publish.ts";
import type { RegistryAccess } from "../images/registry-address.ts";
import { standInLabel } from "../images/stand-ins.ts";
import { images } from "../toolbox/images.ts";
import type { Manifest } from "./manifest.ts";

/** HAProxy shares the traffic, PostgreSQL keeps the data. */
export const supportNames = ["haproxy", "postgres"] as const;

/** Seconds that publishing one may take. */
const limit = 900;

/**
 * Puts the images that an environment needs beside the product's into the same registry, so that a
 * host needs no other one, and has the same bytes for as long as the release is kept.
 *
 * @param registry `registry.example.com/team`
 */
export async function publishSupport(
  registry: string,
  access: RegistryAccess,
): Promise<NonNullable<Manifest["support"]>> {
  const publish = async (name: (typeof supportNames)[number]) => {
    const image = dag.container().from(images[name]);
    const [reference, standIn] = await Promise.all([image.imageRef(), image.label(standInLabel)]);
    const packed = await packImage(image, {
      created: 0, // nobody's commit
      labels: {},
      defaults: {},
      annotations: { "org.opencontainers.image.base.name": reference.replace(/@.*$/, "") },
    });
    const built = { name, ...packed, dockerfile: images[name], materials: [] };
    const sent = await publishImage(built, { ...access, registry, tags: [], limit });
    const { digest } = sent;
    return { name, reference: sent.reference, digest, standIns: standIn ? [standIn] : [] };
  };
  return Promise.all(supportNames.map(publish));
}
