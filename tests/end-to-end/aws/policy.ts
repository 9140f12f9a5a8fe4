import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { standInEnvironment, standInPython } from "./stand-in.ts";

/** Actions that are no call of their own, by the calls that bring them along. */
const alongWith: Readonly<Record<string, readonly string[]>> = {
  // Without it S3 says of a file that is not there that it may not be read.
  "s3:ListBucket": ["s3:GetObject"],
  // MWAA looks at its bucket as whoever updates it.
  "s3:GetEncryptionConfiguration": ["airflow:UpdateEnvironment"],
  // The bucket is encrypted with the environment's key.
  "kms:Decrypt": ["s3:GetObject"],
  "kms:GenerateDataKey": ["s3:PutObject"],
  // Roles that tasks have, and that pull images, are said anew with each release.
  "iam:PassRole": ["apprunner:UpdateService", "ecs:RegisterTaskDefinition"],
  // It is registered with tags.
  "ecs:TagResource": ["ecs:RegisterTaskDefinition"],
};

/** Actions of a policy's JSON. */
export function actionsOfPolicy(path: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
  const policy = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });
  return policy.parse(JSON.parse(text)).Statement.flatMap(({ Action }) => Action);
}

/** Actions of the data source `aws_iam_policy_document.NAME` in a file of Terraform. */
export function actionsOfTerraform(path: string, name: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
  const begin = text.indexOf(`data "aws_iam_policy_document" "${name}"`);
  const document = text.slice(begin, text.indexOf("\n}\n", begin));
  return [...document.matchAll(/actions\s*=\s*\[([^\]]*)\]/gu)].flatMap(([, list = ""]) =>
    [...list.matchAll(/"([^"]+)"/gu)].map(([, action = ""]) => action),
  );
}

/** Calls in the source of the module's script: what of `.dagger/scripts/aws` a kind uses. */
export function actionsInSource(...kinds: readonly string[]): string[] {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const scripts = here("../../../.dagger/scripts/aws");
  const files = kinds.flatMap((kind) =>
    kind.endsWith(".py")
      ? [kind]
      : readdirSync(join(scripts, kind)).flatMap((name) =>
          name.endsWith(".py") ? [join(kind, name)] : [],
        ),
  );
  const python = standInPython();
  const shared = ["log_lines.py", "memory.py", "registry.py", "state.py"];
  const paths = [...files, ...shared].map((file) => join(scripts, file));
  const env = standInEnvironment(python);
  const text = execFileSync(python, [here("called.py"), ...paths], { encoding: "utf8", env });
  return z.array(z.string()).parse(JSON.parse(text));
}

/** What a policy lacks for the calls that are made, and what it allows though none needs it. */
export function compared(
  allowed: readonly string[],
  actions: readonly string[],
): { readonly missing: readonly string[]; readonly unused: readonly string[] } {
  // Who asks for a role by a token needs no permission: the role's own trust lets it.
  const called = new Set(actions);
  called.delete("sts:AssumeRoleWithWebIdentity");
  const needed = new Set(called);
  for (const [action, calls] of Object.entries(alongWith)) {
    if (calls.some((call) => called.has(call))) needed.add(action);
  }
  return {
    missing: [...needed].filter((action) => !allowed.includes(action)).sort(),
    unused: allowed.filter((action) => !needed.has(action)).sort(),
  };
}
