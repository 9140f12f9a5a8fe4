import type { Directory, Secret, Service } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import type { Environment } from "../config/environments.ts";
import { nearest } from "../did-you-mean.ts";

/** What a plan or an apply is given beside the environment. */
export interface Access {
  /** `NAME=VALUE` each */
  readonly vars: readonly string[];
  /** environment variables of Terraform, backend and providers; each named as its variable */
  readonly secrets: readonly Secret[];
  /** packages of providers, as `terraform providers mirror` lays them out */
  readonly mirror?: Directory | undefined;
  /** what the steps reach as `backend` */
  readonly backend?: Service | undefined;
  /** who does it, for locks and evidence */
  readonly actor?: string | undefined;
}

/** What can be asked for is in kitchen.yaml, or a folder `environments/NAME`. */
export function environmentOf({ config }: Project, name: string): Environment {
  const { environments } = config;
  const found = environments.find((each) => each.name === name);
  if (found) return found;
  const names = environments.map((each) => each.name);
  const near = nearest(name, names);
  throw new Error(
    `no environment ${name}: there are ${names.join(", ") || "none"}${near ? ` (did you mean ${near}?)` : ""}`,
  );
}

/**
 * The environment variables that secrets stand for: `env:NAME` is NAME, `file:…/NAME` is NAME, and
 * one that a module made has a name of its own.
 */
export async function namedSecrets(secrets: readonly Secret[]): Promise<Map<string, Secret>> {
  const named = new Map<string, Secret>();
  for (const secret of secrets) {
    const [uri, own] = await Promise.all([secret.uri(), secret.name()]);
    const name = variableName(uri, own);
    if (named.has(name)) throw new Error(`two secrets are named ${name}`);
    named.set(name, secret);
  }
  return named;
}

/** @throws Error when neither ends with the name of an environment variable */
export function variableName(uri: string, own: string): string {
  const last = own || (/[^/.:]*$/.exec(uri)?.[0] ?? "");
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(last)) return last;
  throw new Error(
    `the secret ${uri || JSON.stringify(own)} does not end with the name of an environment variable: give it as env:NAME, or in a file that is called NAME`,
  );
}
