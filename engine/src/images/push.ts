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
  const args = [
    ...["copy", "--quiet", "--all", "--preserve-digests"],
    ...(isUnchecked(reference.registry) ? ["--dest-tls-verify=false"] : []),
    ...[`oci:${layout}`, `docker://${target}`],
  ];
  return skopeo(args, `publish ${target}`, { ...context, registry: reference.registry });
}
