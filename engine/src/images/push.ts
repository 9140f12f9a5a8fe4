import { formatReference, type Reference } from "./reference.ts";
import { isUnchecked } from "./registry-settings.ts";
import { type SkopeoContext, skopeo } from "./skopeo.ts";

/** Sends the image of an OCI layout to a registry, its manifest as it is. */
export function pushLayout(
  layout: string,
  reference: Reference,
  context: Omit<SkopeoContext, "registry">,
): Promise<void> {
  const target = formatReference({ ...reference, digest: undefined });
  const registry = reference.service?.address ?? reference.registry;
  const sent = formatReference({ ...reference, registry, digest: undefined });
  const args = [
    ...["copy", "--quiet", "--all", "--preserve-digests"],
    ...(reference.service || isUnchecked(registry) ? ["--dest-tls-verify=false"] : []),
    ...[`oci:${layout}`, `docker://${sent}`],
  ];
  return skopeo(args, `publish ${target}`, { ...context, registry });
}
