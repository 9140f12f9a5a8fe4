import type { OperationDefinitionNode, TypeNode } from "graphql";
import { print, valueFromASTUntyped } from "graphql";
import type { Api } from "./api.ts";
import { invalid, type RequestError } from "./request-error.ts";

/** The values of an operation's variables, checked as far as Dagger checks them beforehand. */
export function variablesOf(
  operation: OperationDefinitionNode,
  provided: Readonly<Record<string, unknown>>,
  api: Api,
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const refuse = (message: string) => invalid(message, { path: ["variable", name] });
    const required = definition.type.kind === "NonNullType";
    if (!Object.hasOwn(provided, name)) {
      if (definition.defaultValue) values.set(name, valueFromASTUntyped(definition.defaultValue));
      else if (required) throw refuse("must be defined");
      continue;
    }
    const value = provided[name];
    if (value === null) {
      if (required) throw refuse("cannot be null");
      values.set(name, null);
      continue;
    }
    check(value, definition.type, api, refuse);
    values.set(name, value);
  }
  return values;
}

function check(
  value: unknown,
  type: TypeNode,
  api: Api,
  refuse: (message: string) => RequestError,
): void {
  if (type.kind === "NonNullType") {
    check(value, type.type, api, refuse);
    return;
  }
  if (type.kind === "ListType") {
    // Something else than a list is refused later, in other words.
    if (Array.isArray(value)) for (const item of value) check(item, type.type, api, refuse);
    return;
  }
  const name = type.name.value;
  const enumType = api.enumType(name);
  if (enumType) {
    if (typeof value !== "string") throw refuse("enums must be ints or strings");
    const { values, aliases = {} } = enumType;
    if (Object.hasOwn(values, value) || Object.hasOwn(aliases, value)) return;
    throw refuse(`${value} is not a valid ${print(type)}`);
  }
  if (!fits(value, name)) throw refuse(`cannot use ${kindOf(value)} as ${name}`);
}

function fits(value: unknown, type: string): boolean {
  switch (type) {
    case "Int":
      return typeof value === "string"
        ? /^[+-]?\d+$/u.test(value)
        : typeof value === "number" && Number.isInteger(value);
    case "Float":
      return typeof value === "string"
        ? value.trim() !== "" && !Number.isNaN(Number(value))
        : typeof value === "number";
    case "String":
      return typeof value === "string";
    case "Boolean":
      return typeof value === "boolean";
    case "ID":
      return typeof value === "string" || typeof value === "number";
    default:
      return true;
  }
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return "value 0";
  if (Array.isArray(value)) return "slice";
  return typeof value === "object" ? "map" : typeof value === "boolean" ? "bool" : typeof value;
}
