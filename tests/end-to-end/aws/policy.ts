import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Call } from "./stand-in.ts";

/** Actions that are no call of their own, by the call that brings them along. */
const alongWith: Readonly<Record<string, string>> = {
  // Without it S3 says of a file that is not there that it may not be read.
  "s3:ListBucket": "s3:GetObject",
  // MWAA looks at its bucket as whoever updates it.
  "s3:GetEncryptionConfiguration": "airflow:UpdateEnvironment",
  // The bucket is encrypted with the environment's key.
  "kms:Decrypt": "s3:GetObject",
  "kms:GenerateDataKey": "s3:PutObject",
  // The role that pulls images is said anew with each image.
  "iam:PassRole": "apprunner:UpdateService",
};

/** Actions of a policy's JSON. */
export function actionsOfPolicy(path: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
  const policy = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });
  return policy.parse(JSON.parse(text)).Statement.flatMap(({ Action }) => Action);
}

/**
 * What a policy lacks for the calls that were made, and what it allows though nothing used it.
 */
export function compared(
  allowed: readonly string[],
  calls: readonly Pick<Call, "action">[],
): { readonly missing: readonly string[]; readonly unused: readonly string[] } {
  // Who asks for a role by a token needs no permission: the role's own trust lets it.
  const called = new Set(calls.map(({ action }) => action));
  called.delete("sts:AssumeRoleWithWebIdentity");
  const needed = new Set(called);
  for (const [action, call] of Object.entries(alongWith)) {
    if (called.has(call)) needed.add(action);
  }
  return {
    missing: [...needed].filter((action) => !allowed.includes(action)).sort(),
    unused: allowed.filter((action) => !needed.has(action)).sort(),
  };
}
