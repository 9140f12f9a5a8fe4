import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ASTNode, Kind, parse, type SelectionSetNode } from "graphql";
import { callTypes } from "../../engine/src/schema/current-module.ts";
import { isDaggerField } from "../../engine/src/schema/dagger-fields.ts";
import type { ObjectType } from "../../engine/src/schema/define.ts";
import { coreTypes } from "../../engine/src/schema/index.ts";
import { readDaggerApi } from "./dagger-api.ts";

/** The recorded corpus: `$KITCHEN_PARITY`, else `shared/parity` beside the repository. */
export const corpusRoot = resolve(
  process.env.KITCHEN_PARITY ?? fileURLToPath(new URL("../../../shared/parity", import.meta.url)),
);

export const hasCorpus = existsSync(join(corpusRoot, "replay.mjs"));

interface Step {
  readonly query?: string;
}

export interface ApiCase {
  /** `api/container/exec-fails` */
  readonly key: string;
  readonly needs: readonly string[];
  readonly steps: readonly Step[];
}

/** All recorded conversations. */
export function readApiCases(): ApiCase[] {
  const root = join(corpusRoot, "api");
  return readdirSync(root).flatMap((type) =>
    readdirSync(join(root, type))
      .filter((name) => name.endsWith(".json"))
      .map((name) => {
        const read = JSON.parse(readFileSync(join(root, type, name), "utf8")) as Omit<
          ApiCase,
          "key"
        >;
        return { ...read, key: `api/${type}/${name.slice(0, -".json".length)}` };
      }),
  );
}

/** The types that galley has; those of later lists add fields to those of earlier ones. */
export const galleyTypes: ReadonlyMap<string, ObjectType> = [...coreTypes, ...callTypes].reduce(
  (types, type) =>
    types.set(type.name, { ...type, fields: { ...types.get(type.name)?.fields, ...type.fields } }),
  new Map<string, ObjectType>(),
);

/** The arguments that a field takes; those declared as not in galley are there to be refused. */
export function argumentsOf({ args }: ObjectType["fields"][string]): string[] {
  return Object.keys(args).filter((arg) => !args[arg]?.description.endsWith("(not in galley)"));
}

/** All of Dagger's API: its fields by type, and their arguments. */
export const daggerApi = readDaggerApi();

/** A field that a case asks for: `Container.withExec`, or an argument of one: `Container.withExec(stdin:)`. */
export interface Asked {
  readonly fields: ReadonlySet<string>;
  /** fields of Dagger's API that galley does not have */
  readonly missing: ReadonlySet<string>;
}

/** What a case asks for, followed through the types of the schema. */
export function askedBy(apiCase: ApiCase): Asked {
  const fields = new Set<string>();
  const missing = new Set<string>();
  for (const { query } of apiCase.steps) {
    if (query) visit(query, fields, missing);
  }
  return { fields, missing };
}

function visit(query: string, fields: Set<string>, missing: Set<string>): void {
  const types = galleyTypes;
  let document: ReturnType<typeof parse>;
  try {
    document = parse(query);
  } catch {
    return; // a case about syntax errors
  }
  const fragments = new Map<string, SelectionSetNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each.selectionSet);
  }
  const walk = (set: SelectionSetNode | undefined, type: string | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(node.name.value), type);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const on = node.typeCondition?.name.value ?? type;
        if (on && !types.has(on) && isDaggerField(on, "id")) missing.add(on);
        walk(node.selectionSet, on);
      } else if (type) walk(node.selectionSet, enter(type, node.name.value, node.arguments ?? []));
    }
  };
  const enter = (type: string, name: string, args: readonly ASTNode[]): string | undefined => {
    const loaded = /^load(\w+)FromID$/u.exec(name)?.[1];
    if (type === "Query" && loaded) {
      if (!types.has(loaded)) missing.add(`Query.${name}`);
      return loaded;
    }
    const field = types.get(type)?.fields[name];
    if (!field) {
      if (isDaggerField(type, name) && name !== "id" && name !== "node")
        missing.add(`${type}.${name}`);
      return undefined;
    }
    fields.add(`${type}.${name}`);
    for (const arg of args) {
      if (arg.kind !== Kind.ARGUMENT) continue;
      const known = argumentsOf(field).includes(arg.name.value);
      if (!known && daggerApi.get(type)?.get(name)?.includes(arg.name.value)) {
        missing.add(`${type}.${name}(${arg.name.value}:)`);
      }
    }
    return field.type.replace(/[[\]!]/gu, "");
  };
  for (const each of document.definitions) {
    if (each.kind === Kind.OPERATION_DEFINITION) walk(each.selectionSet, "Query");
  }
}
