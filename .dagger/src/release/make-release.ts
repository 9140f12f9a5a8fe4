import type { Directory, File } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import { readCommit } from "../images/commit.ts";
import type { RegistryAccess } from "../images/registry-address.ts";
import { readEvidence } from "./evidence.ts";
import { canonicalJson } from "./manifest.ts";
import { ImagesError, publishedImages } from "./published-image.ts";
import { Release } from "./release.ts";
import { storeRelease } from "./store.ts";
import { publishSupport } from "./support-images.ts";
import { treeDigest } from "./tree-digest.ts";

/** What a release is made from. */
export interface Ingredients {
  /** what publishing answered */
  readonly published: File;
  /** the repository's .git folder */
  readonly git: Directory;
  /** reports, as JSON */
  readonly evidence: Directory;
}

/** Binds images, DAGs, Terraform and evidence to one release, and stores it beside the images. */
export async function makeRelease(
  { source, config }: Project,
  { published, git, evidence }: Ingredients,
  access: RegistryAccess,
): Promise<Release> {
  const commit = await readCommit(git);
  const [images, proofs, dags, terraform] = await Promise.all([
    publishedImages(published, commit.revision, access),
    readEvidence(evidence),
    dagBundles({ source, config }),
    terraformFolders({ source, config }),
  ]);
  const registry = registryOf(images);
  const needed = config.hosts.some(({ kind }) => kind === "docker");
  const text = canonicalJson({
    format: "kitchen/release/v1",
    ...(config.repository === undefined ? {} : { repository: config.repository }),
    commit: commit.revision,
    authors: [...commit.authors],
    images,
    ...(needed ? { support: await publishSupport(registry, access) } : {}),
    dags,
    terraform,
    evidence: proofs,
  });
  await storeRelease(text, registry, access);
  return new Release(text, [...config.release.evidence]);
}

/** Of each folder of Terraform: what is in it. */
export function terraformFolders({ source, config }: Project) {
  return Promise.all(
    config.terraform.map(async (path) => ({
      path,
      digest: await treeDigest(source.directory(path).filter({ exclude: ["**/.terraform"] })),
    })),
  );
}

/** Of each component with a folder `dags`: what is in it. */
async function dagBundles({ source, config }: Project) {
  const found = await Promise.all(
    config.components.map(async ({ name, path }) => {
      const folder = source.directory(path);
      if (!(await folder.exists("dags"))) return [];
      const dags = folder.directory("dags").filter({ exclude: ["**/__pycache__"] });
      return [{ name, digest: await treeDigest(dags) }];
    }),
  );
  return found.flat();
}

/** Where images were published to: what all their references have in common. */
export function registryOf(
  images: readonly { readonly name: string; readonly reference: string }[],
): string {
  const places = new Set(
    images.map(({ name, reference }) => {
      const repository = reference.replace(/@.*$/, "");
      if (repository.endsWith(`/${name}`)) return repository.slice(0, -name.length - 1);
      throw new ImagesError(`${reference}: is no reference of an image called ${name}`);
    }),
  );
  const [first, ...others] = places;
  if (first === undefined || others.length > 0) {
    throw new ImagesError(`the images are in several registries: ${[...places].join(", ")}`);
  }
  return first;
}
