import * as z from "zod";
import { duration, toSeconds } from "../duration.ts";
import { cleanPath, detectEnvironments } from "../layout.ts";
import { hostSchema } from "./hosts.ts";

const words = z.array(z.string().min(1));

export const policySchema = z
  .strictObject({
    regions: words.optional().describe("Regions and locations that resources may be in"),
    instanceSizes: words.optional().describe("Sizes that machines may have: * stands for anything"),
    requiredTags: words
      .optional()
      .describe("Tags that every resource which can have tags must have"),
  })
  .describe("Rules for what a Terraform plan may make");

export const environmentsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and -"),
  z.strictObject({
    path: z.string().min(1).optional().describe("Folder of its Terraform root module"),
    deploy: hostSchema.optional(),
    varFiles: words.optional().describe("Files with variables, relative to the repository"),
    protected: words
      .optional()
      .describe(
        "Addresses of resources and modules that no apply may destroy or replace: * stands for anything",
      ),
    lockTimeout: duration
      .optional()
      .describe("How long to wait for a state that somebody else has locked (default: 1m)"),
    state: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, . _ and -")
      .optional()
      .describe("Name on this machine of the state of a local backend; nothing else may have it"),
    policy: policySchema.optional().describe("Rules of its own, in place of the same ones above"),
  }),
);

export interface Policy {
  readonly regions?: readonly string[] | undefined;
  readonly instanceSizes?: readonly string[] | undefined;
  readonly requiredTags?: readonly string[] | undefined;
}

/** A Terraform root module that is planned and applied. */
export interface Environment {
  readonly name: string;
  readonly path: string;
  readonly varFiles: readonly string[];
  readonly protected: readonly string[];
  /** seconds */
  readonly lockTimeout: number;
  /** of a local backend, on this machine */
  readonly state: string | undefined;
  readonly policy: Policy;
}

interface Said {
  readonly environments?: z.infer<typeof environmentsSchema> | undefined;
  readonly policy?: Policy | undefined;
  readonly repository?: string | undefined;
}

/**
 * The environments of kitchen.yaml, or those in folders `environments/NAME`. One that says no path has
 * the folder of its name; without such a folder it has no Terraform.
 */
export function readEnvironments(said: Said, paths: readonly string[]): Environment[] {
  const detected = detectEnvironments(paths);
  const listed: NonNullable<Said["environments"]> =
    said.environments ?? Object.fromEntries(detected.map(({ name, path }) => [name, { path }]));
  return Object.entries(listed).flatMap(([name, each]) => {
    const path = each.path ?? detected.find((folder) => folder.name === name)?.path;
    if (path === undefined) return [];
    return [
      {
        name,
        path: cleanPath(path),
        varFiles: (each.varFiles ?? []).map(cleanPath),
        protected: each.protected ?? [],
        lockTimeout: toSeconds(each.lockTimeout ?? "1m"),
        state: each.state ?? (said.repository && `${said.repository} ${name}`),
        policy: { ...said.policy, ...each.policy },
      },
    ];
  });
}
