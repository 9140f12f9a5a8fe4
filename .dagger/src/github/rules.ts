import type { Directory } from "@dagger.io/dagger";
import * as YAML from "yaml";
import * as z from "zod";
import { messageOf } from "../message-of.ts";

/** A file with rules cannot be read; the message names it and the place in it. */
export class RulesError extends Error {}

/** A ruleset as GitHub's API takes it and gives it back; what else is in it is compared as it is. */
const ruleset = z.looseObject({
  name: z.string(),
  rules: z.array(z.looseObject({ type: z.string() })),
  bypass_actors: z.array(z.unknown()).default([]),
});

const environment = z.strictObject({
  /** patterns of the branches that may deploy to it */
  branches: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  reviewers: z
    .strictObject({
      teams: z.array(z.string()).default([]),
      users: z.array(z.string()).default([]),
    })
    .default({ teams: [], users: [] }),
  preventSelfReview: z.boolean().default(false),
});

export type Ruleset = z.infer<typeof ruleset>;
export type Environment = z.infer<typeof environment>;

/** What a repository's settings on GitHub should be. */
export interface Rules {
  readonly rulesets: readonly Ruleset[];
  readonly environments: Readonly<Record<string, Environment>>;
}

const rulesetFolder = ".github/rulesets";
const environmentsFile = ".github/environments.yaml";

/**
 * Reads `.github/rulesets/*.json` and `.github/environments.yaml`.
 *
 * @throws RulesError
 */
export async function readRules(source: Directory): Promise<Rules> {
  const [rulesetFiles, hasEnvironments] = await Promise.all([
    source.glob(`${rulesetFolder}/*.json`),
    source.exists(environmentsFile),
  ]);
  if (rulesetFiles.length === 0 && !hasEnvironments) {
    throw new RulesError(
      `there are no rules to compare with: neither ${rulesetFolder}/*.json nor ${environmentsFile} is in the source`,
    );
  }
  const read = async <T>(path: string, schema: z.ZodType<T>) =>
    parsed(path, await source.file(path).contents(), schema);
  return {
    rulesets: await Promise.all(rulesetFiles.map((path) => read(path, ruleset))),
    environments: hasEnvironments
      ? await read(environmentsFile, z.record(z.string().min(1), environment))
      : {},
  };
}

export function parsed<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    // JSON is YAML, and errors of this parser have a place.
    value = YAML.parse(text);
  } catch (error) {
    throw new RulesError(`${path}: ${messageOf(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const words = result.error.issues.map(
    (issue) => `${path}: ${issue.path.join(".") || "the file"}: ${issue.message}`,
  );
  throw new RulesError(words.join("\n"));
}
