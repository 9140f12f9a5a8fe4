import type { TypeRef } from "../../module/type-defs.ts";
import type { ObjectType } from "../../schema/define.ts";
import { enumTypes } from "../../schema/enums.ts";
import { coreTypes } from "../../schema/index.ts";
import type { Provider } from "./types.ts";

/** The functions of one of the API's own types. */
export function coreProvider(name: string): Provider | undefined {
  const type = coreTypes.find((each) => each.name === name);
  return type && { name, functions: Object.entries(type.fields).map(callable) };
}

export function coreMembers(name: string): string[] {
  return Object.keys(enumTypes.find((each) => each.name === name)?.values ?? {});
}

function callable([name, field]: [string, ObjectType["fields"][string]]) {
  return {
    name,
    description: field.description,
    args: Object.entries(field.args).map(([argument, { type, expects, description, ...rest }]) => ({
      name: argument,
      description,
      type: typeRef(type, expects),
      ...(rest.default === undefined ? {} : { default: rest.default }),
      required: type.endsWith("!") && rest.default === undefined,
    })),
    returns: typeRef(field.type),
  };
}

const scalars: Record<string, "string" | "integer" | "float" | "boolean" | "void"> = {
  String: "string",
  Int: "integer",
  Float: "float",
  Boolean: "boolean",
  Void: "void",
};

/** Reads a type in GraphQL's schema language; `expects` is the type of object behind an ID. */
function typeRef(text: string, expects?: string): TypeRef {
  const optional = !text.endsWith("!");
  const inner = text.replace(/!$/u, "");
  if (inner.startsWith("[")) {
    return { optional, kind: "list", item: typeRef(inner.slice(1, -1), expects) };
  }
  const simple = scalars[inner];
  if (simple) return { optional, kind: simple };
  if (inner === "ID" && expects) return { optional, kind: "object", name: expects };
  if (enumTypes.some(({ name }) => name === inner)) return { optional, kind: "enum", name: inner };
  if (coreTypes.some(({ name }) => name === inner)) {
    return { optional, kind: "object", name: inner };
  }
  return { optional, kind: "scalar", name: inner };
}
