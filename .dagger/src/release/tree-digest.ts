import { type Directory, dag } from "@dagger.io/dagger";
import { images } from "../toolbox/images.ts";

/**
 * SHA-256 of the files below a folder, the same on every engine: of what
 * `find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum` prints there.
 */
export async function treeDigest(folder: Directory): Promise<string> {
  const command =
    "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1";
  const text = await dag
    .container()
    .from(images.python)
    .withMountedDirectory("/tree", folder)
    .withWorkdir("/tree")
    .withExec(["sh", "-c", command])
    .stdout();
  return `sha256:${text.trim()}`;
}
