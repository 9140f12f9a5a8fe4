import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Registry, startRegistry } from "../../../engine/src/testing/registry.ts";
import { startPodman } from "../podman.ts";
import { addMigration, releases } from "../product.ts";
import { Repository } from "../repository.ts";
import { mediaType } from "./ecr.ts";
import { accessKeyId, type StandIn, startStandIn } from "./stand-in.ts";

/** AWS's stand-in with containers that are real, a registry, and the service as a product. */
export interface AwsHost {
  readonly aws: StandIn;
  readonly repository: Repository;
  readonly registry: Registry;
  /** a folder for whatever a test writes */
  readonly files: string;
  stop(): void;
}

/** One on which more is prepared; when that fails, nothing of it is left. */
export async function startAwsHost<More extends object>(
  settings: string,
  prepare: (host: AwsHost) => Promise<More>,
): Promise<AwsHost & More> {
  const cleanUps: (() => void)[] = [];
  const stop = () => {
    for (const cleanUp of cleanUps.reverse()) cleanUp();
  };
  try {
    const files = mkdtempSync(join(tmpdir(), "aws-"));
    cleanUps.push(() => rmSync(files, { recursive: true, force: true }));
    const registry = await startRegistry();
    cleanUps.push(registry.stop);
    const podman = await startPodman(registry.address);
    cleanUps.push(podman.stop);
    const aws = await startStandIn({ socket: podman.socket, registry: registry.address });
    cleanUps.push(aws.stop);
    const repository = new Repository(["services/api"]);
    cleanUps.push(() => repository.remove());
    repository.write("kitchen.yaml", settings);
    repository.commit();
    const host = { aws, repository, registry, files, stop };
    return { ...host, ...(await prepare(host)) };
  } catch (error) {
    stop();
    throw error;
  }
}

/** What `make` gives for a release, and for one with a migration more. */
export async function twoReleases<Made>(
  { repository }: AwsHost,
  make: (name: string) => Promise<Made>,
): Promise<[Made, Made]> {
  const first = await make("first");
  addMigration(repository);
  return [first, await make("second")];
}

/** Makes releases of what the repository holds: their files. */
export function madeOn({ repository, registry, files }: AwsHost) {
  return releases(repository, registry, files);
}

const manifest = z.object({ images: z.array(z.object({ digest: z.string() })) });

/** Digest of a release's first image, by the release's file. */
export function digestOfImage(release: string): string {
  const { images } = manifest.parse(JSON.parse(readFileSync(release, "utf8")));
  return images[0]?.digest ?? "";
}

/** The image of a release as the registry has it, for ECR. */
export async function imageOf({ registry }: AwsHost, release: string) {
  const digest = digestOfImage(release);
  const url = `http://${registry.address}/v2/team/api/manifests/${digest}`;
  const answer = await fetch(url, { headers: { Accept: mediaType } });
  return { digest, manifest: await answer.text() };
}

/** Flags of an environment on this AWS; `edge`: the port at which people reach the service. */
export function accessTo({ aws, files }: AwsHost, edge: number): string[] {
  const credentials = join(files, "credentials.json");
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: "x".repeat(40) };
  writeFileSync(credentials, JSON.stringify({ Version: 1, ...keys }));
  return [
    ...["--aws-credentials", `file://${credentials}`],
    ...["--aws-service", `tcp://127.0.0.1:${aws.port}`],
    ...["--edge-service", `tcp://127.0.0.1:${edge}`],
  ];
}
