import type { Directory } from "@dagger.io/dagger";
import { nearest } from "../did-you-mean.ts";
import { type RegistryAccess, registryScript, splitRegistry } from "../images/registry-address.ts";
import { ownWords } from "../images/why.ts";
import { digestOf, ManifestError, readManifest } from "./manifest.ts";

const mediaType = "application/vnd.kitchen.release.v1+json";

/** The registry does not do what it should; the message says what. */
export class StoreError extends Error {}

/** Brings a release's canonical JSON to `REGISTRY/releases`. */
export async function storeRelease(
  text: string,
  registry: string,
  access: RegistryAccess,
): Promise<void> {
  await run("put", digestOf(text), registry, access, text);
}

/**
 * Fetches a release's canonical JSON from `REGISTRY/releases`.
 *
 * @throws ManifestError when there is none with that digest
 */
export async function fetchRelease(
  digest: string,
  registry: string,
  access: RegistryAccess,
): Promise<string> {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new ManifestError(
      `release ${digest}: give its digest, sha256: and 64 hexadecimal digits, lower case`,
    );
  }
  const answer = await run("get", digest, registry, access);
  if (await answer.exists("release.json")) {
    const text = await answer.file("release.json").contents();
    readManifest(text, digest);
    return text;
  }
  const known = (await answer.file("known").contents()).split("\n").filter((line) => line !== "");
  throw new ManifestError(unknownRelease(digest, registry, known));
}

function unknownRelease(digest: string, registry: string, known: readonly string[]): string {
  const there =
    known.length === 0 ? "there is none at all" : `there are ${known.length}, and none is like it`;
  const near = nearest(digest, known);
  return `there is no release ${digest} in ${registry}/releases: ${near ? `did you mean ${near}?` : there}`;
}

async function run(
  command: "put" | "get",
  digest: string,
  registry: string,
  access: RegistryAccess,
  text = "",
): Promise<Directory> {
  const { host, path } = splitRegistry(registry);
  const container = registryScript("release.sh", { host, path: [...path, "releases"] }, access)
    .withNewFile("/release.json", text)
    .withEnvVariable("DIGEST", digest)
    .withEnvVariable("MEDIA_TYPE", mediaType)
    .withExec(["sh", "/kitchen/release.sh", command]);
  try {
    return (await container.sync()).directory("/result");
  } catch (error) {
    throw new StoreError(ownWords(error));
  }
}
