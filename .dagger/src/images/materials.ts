import { createHash } from "node:crypto";
import { dag } from "@dagger.io/dagger";
import type { Commit } from "./commit.ts";
import type { ImageSource } from "./image-source.ts";
import type { Material } from "./provenance.ts";

/** The commit, the base images and the files that decide what else is installed, by digest. */
export async function materialsOf(
  { context, dockerfile }: ImageSource,
  { revision }: Commit,
): Promise<Material[]> {
  const text = await context.file("Dockerfile").contents();
  const locks = (await context.entries()).filter((name) =>
    /\.lock$|^requirements.*\.txt$/.test(name),
  );
  const folder = dockerfile.replace(/[^/]*$/, "");
  const [bases, files] = await Promise.all([
    Promise.all(baseImages(text).map(baseMaterial)),
    Promise.all(
      ["Dockerfile", ...locks].map(async (name) => ({
        uri: `file:${folder}${name}`,
        digest: { sha256: sha256(await context.file(name).contents()) },
      })),
    ),
  ]);
  const commit = { uri: "git:.", digest: { gitCommit: revision } };
  return [commit, ...bases, ...files];
}

/** Images that a Dockerfile starts from: neither its own stages nor what an argument decides. */
export function baseImages(text: string): string[] {
  const stages = new Set<string>();
  const bases = new Set<string>();
  for (const [, image = "", name] of text.matchAll(
    /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim,
  )) {
    if (!stages.has(image) && image !== "scratch" && !image.includes("$")) bases.add(image);
    if (name) stages.add(name);
  }
  return [...bases];
}

async function baseMaterial(image: string): Promise<Material> {
  const reference = await dag.container().from(image).imageRef();
  return {
    uri: `docker:${reference.replace(/@.*$/, "")}`,
    digest: { sha256: reference.replace(/^.*@sha256:/, "") },
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
