import { type Directory, dag } from "@dagger.io/dagger";
import { baseImages } from "./materials.ts";

/** Label of an image that stands in for one whose registry could not be reached: of which one. */
export const standInLabel = "kitchen.stand-in";

/**
 * The label for an image that is built on stand-ins, in any of its stages: a stand-in says that it is
 * one, so nobody has to be asked which engine this is.
 *
 * @param context a folder with the Dockerfile
 */
export async function standInLabels(context: Directory): Promise<Record<string, string>> {
  const bases = baseImages(await context.file("Dockerfile").contents());
  const labels = await Promise.all(
    bases.map((base) => dag.container().from(base).label(standInLabel)),
  );
  const names = [...new Set(labels.filter((label) => label))].sort();
  return names.length === 0 ? {} : { [standInLabel]: names.join(", ") };
}
