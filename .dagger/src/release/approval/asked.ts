import type { File } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import { nearest } from "../../did-you-mean.ts";
import type { RegistryAccess } from "../../images/registry-address.ts";
import { digestSchema, readManifest } from "../manifest.ts";
import { fetchRelease } from "../store.ts";
import type { Signers } from "./signatures.ts";
import type { Asked } from "./verify.ts";

/** What is to go where, as whoever calls gives it. */
export interface Question {
  readonly release: string;
  readonly environment: string;
  readonly plan: string;
  readonly registry: string;
}

/** It cannot be asked like that; the message says what to give. */
export class QuestionError extends Error {}

/**
 * What approvals of it are held against: the release from the registry, the rules from kitchen.yaml.
 *
 * @throws QuestionError, ManifestError when there is no such release
 */
export async function askedOf(
  { config }: Project,
  { release, environment, plan, registry }: Question,
  access: RegistryAccess,
  at: Date,
  used: readonly string[] = [],
): Promise<Asked> {
  if (!digestSchema.safeParse(plan).success) {
    throw new QuestionError(
      `plan ${plan}: give its digest, sha256: and 64 hexadecimal digits, lower case`,
    );
  }
  checkEnvironment(config, environment);
  const manifest = readManifest(await fetchRelease(release, registry, access));
  const { approval, evidence } = config.release;
  return {
    ...{ release, manifest, environment, plan, at, used, evidence },
    rule: approval.environments[environment] ?? approval.otherwise,
    roles: approval.roles,
    repository: config.repository,
  };
}

/** A name that no environment has would be approved for nothing. */
function checkEnvironment({ environments, hosts }: Project["config"], name: string): void {
  const names = [...new Set([...environments, ...hosts].map((each) => each.name))];
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const hint = near ? `did you mean ${near}?` : `there are ${names.join(", ") || "none"}`;
  throw new QuestionError(`kitchen.yaml: no environment ${name}: ${hint}`);
}

/** The repository's files of allowed signers and revoked keys. */
export async function signersOf({ source, config }: Project): Promise<Signers> {
  const { signers, revoked } = config.release.approval;
  if (!(await source.exists(signers))) {
    throw new QuestionError(
      `there is no ${signers} in the source: write a line for each approver, as \`ada@example.com namespaces="kitchen-approval" ssh-ed25519 AAAA…\` (man ssh-keygen, ALLOWED SIGNERS)`,
    );
  }
  const allowed: File = source.file(signers);
  return (await source.exists(revoked)) ? { allowed, revoked: source.file(revoked) } : { allowed };
}
