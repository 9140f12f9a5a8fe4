import { type Directory, dag, type File, type Secret } from "@dagger.io/dagger";
import { moduleFile } from "../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../toolbox/python.ts";
import type { BuiltImage } from "./build-image.ts";

/** An in-toto statement, as registries name it. */
export const provenanceMediaType = "application/vnd.in-toto+json";

/** What an image was made of: something by its address, and its digest. */
export interface Material {
  readonly uri: string;
  readonly digest: Readonly<Record<string, string>>;
}

/**
 * What an image was made of and how, as an in-toto statement with SLSA provenance v1, in a DSSE
 * envelope that is signed with a key (PEM: Ed25519, ECDSA or RSA).
 *
 * @throws ExecError when the key is none
 */
export async function signedProvenance(
  image: BuiltImage,
  repository: string,
  key: Secret,
): Promise<File> {
  const statement = dag.file("statement.json", JSON.stringify(statementOf(image, repository)));
  return (await container())
    .withMountedFile("/statement.json", statement)
    .withMountedSecret("/run/secrets/signing-key", key)
    .withExec([...script, "sign", "/statement.json", "/run/secrets/signing-key", "/envelope.json"])
    .file("/envelope.json");
}

/** Does all that is said of an image agree? Answers a line that says what holds. */
export async function verified(
  fetched: Directory,
  digest: string,
  publicKey: File,
): Promise<string> {
  return (await container())
    .withMountedDirectory("/fetched", fetched)
    .withMountedFile("/public-key.pem", publicKey)
    .withExec([
      ...script,
      ...["verify", digest, "/fetched/manifest", "/fetched/sbom", "/fetched/provenance"],
      "/public-key.pem",
    ])
    .stdout();
}

const script = [`${toolVenv}/bin/python`, "/kitchen/provenance.py"];

async function container() {
  return (await pythonTool("provenance")).withFile(
    "/kitchen/provenance.py",
    moduleFile("scripts/provenance.py"),
  );
}

function statementOf({ name, about, materials, dockerfile }: BuiltImage, repository: string) {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: repository, digest: { sha256: about.digest.replace("sha256:", "") } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:kitchen:build-images:v1",
        externalParameters: { component: name, dockerfile },
        resolvedDependencies: materials,
      },
      runDetails: { builder: { id: "urn:kitchen:build-images" } },
    },
  };
}
