import type { ValueNode } from "graphql";
import type { InputType } from "../schema/define.ts";
import { platformProblem } from "../schema/platform.ts";
import type { Api } from "./api.ts";
import { type ApiType, apiType, typeText } from "./type-ref.ts";

/** A value that an argument cannot take; the message is what follows `init arg "x"`. */
export class CoercionError extends Error {}

/** A value as a request gives it: what it was written as decides what it can become. */
export type Given =
  | { readonly kind: "int"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "float"; readonly text: string }
  | { readonly kind: "string" | "enum"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: readonly Given[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Given])[] };

/** Reads a literal; variables are looked up. */
export function given(node: ValueNode, variables: ReadonlyMap<string, unknown>): Given | undefined {
  switch (node.kind) {
    case "Variable":
      return variables.has(node.name.value) ? givenJson(variables.get(node.name.value)) : undefined;
    case "IntValue":
      return { kind: "int", text: node.value };
    case "FloatValue":
      return { kind: "float", text: node.value };
    case "StringValue":
      return { kind: "string", value: node.value };
    case "EnumValue":
      return { kind: "enum", value: node.value };
    case "BooleanValue":
      return { kind: "boolean", value: node.value };
    case "NullValue":
      return { kind: "null" };
    case "ListValue":
      return {
        kind: "list",
        items: node.values.map((each) => given(each, variables) ?? { kind: "null" }),
      };
    case "ObjectValue":
      return {
        kind: "object",
        entries: node.fields.map(
          (field) => [field.name.value, given(field.value, variables) ?? { kind: "null" }] as const,
        ),
      };
  }
}

function givenJson(value: unknown): Given {
  if (value === null || value === undefined) return { kind: "null" };
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "boolean") return { kind: "boolean", value };
  if (Array.isArray(value)) return { kind: "list", items: value.map(givenJson) };
  return {
    kind: "object",
    entries: Object.entries(value).map(([key, each]) => [key, givenJson(each)] as const),
  };
}

/** Turns a given value into what a resolver expects of the type; undefined for null. */
export function coerce(value: Given, type: ApiType, api: Api): unknown {
  try {
    return coerceTo(value, type, api);
  } catch (error) {
    if (!(error instanceof CoercionError)) throw error;
    const goType = goTypeOf(type);
    throw new CoercionError(
      `value as ${goType} (${typeText(type)}) using ${goType}: ${error.message}`,
    );
  }
}

function coerceTo(value: Given, type: ApiType, api: Api): unknown {
  if (value.kind === "null") {
    if (!type.required) return undefined;
    throw new CoercionError(`cannot create ${shortName(type, api)} from <nil>`);
  }
  if (type.kind === "list") return coerceList(value, type.item, api);
  if (api.enumType(type.name)) return coerceEnum(value, type.name, api);
  const input = api.inputType(type.name);
  if (input) return coerceInput(value, input, api);
  switch (type.name) {
    case "Int":
      return coerceInt(value);
    case "Float":
      return coerceFloat(value);
    case "Boolean":
      if (value.kind === "boolean") return value.value;
      if (value.kind === "string" && /^(true|false)$/u.test(value.value)) {
        return value.value === "true";
      }
      throw cannotCreate("Boolean", value);
    case "Platform":
      return coercePlatform(text(value, "Platform"));
    default:
      if (/ID$/u.test(type.name)) return coerceId(text(value, type.name));
      return text(value, type.name);
  }
}

function coerceList(value: Given, item: ApiType, api: Api): unknown[] {
  if (value.kind === "list") return value.items.map((each) => coerceTo(each, item, api) ?? null);
  if (value.kind !== "string") {
    throw new CoercionError(`expected array, got ${goName(value)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(value.value);
  } catch {
    const first = value.value.trim()[0] ?? "";
    throw new CoercionError(
      `decode ${JSON.stringify(value.value)}: invalid character '${first}' looking for beginning of value`,
    );
  }
  return coerceList(Array.isArray(json) ? givenJson(json) : { kind: "null" }, item, api);
}

function coerceEnum(value: Given, name: string, api: Api): string {
  const member = text(value, name);
  const { values = {}, aliases = {} } = api.enumType(name) ?? {};
  if (Object.hasOwn(values, member)) return member;
  const named = Object.hasOwn(aliases, member) ? aliases[member] : undefined;
  if (named !== undefined) return named;
  throw new CoercionError(`invalid enum member ${JSON.stringify(member)} for ${name}`);
}

function coerceInput(value: Given, input: InputType, api: Api): Record<string, unknown> {
  if (value.kind !== "object") throw cannotCreate(input.name, value);
  const entries = new Map(value.entries);
  return Object.fromEntries(
    Object.entries(input.fields).map(([name, { type }]) => [
      name,
      coerceTo(entries.get(name) ?? { kind: "null" }, apiType(type), api),
    ]),
  );
}

function coerceInt(value: Given): number {
  if (value.kind === "int") return Number(value.text);
  if (value.kind === "number" && Number.isInteger(value.value)) return value.value;
  if (value.kind === "string" && /^[+-]?\d+$/u.test(value.value)) return Number(value.value);
  throw cannotCreate("Int", value);
}

function coerceFloat(value: Given): number {
  if (value.kind === "float") return Number(value.text);
  if (value.kind === "number") return value.value;
  if (value.kind === "string" && value.value.trim() !== "" && !Number.isNaN(Number(value.value))) {
    return Number(value.value);
  }
  throw cannotCreate("Float", value);
}

function coercePlatform(platform: string): string {
  const problem = platformProblem(platform);
  if (problem) throw new CoercionError(problem);
  return platform;
}

/** A handle: the name of a type and a digest. */
const handle = /^[A-Z]\w*@sha256:[0-9a-f]{64}$/u;

function coerceId(id: string): string {
  if (handle.test(id)) return id;
  throw new CoercionError(`invalid ID string: ${JSON.stringify(id)} is not a handle`);
}

function text(value: Given, name: string): string {
  if (value.kind === "string" || value.kind === "enum") return value.value;
  throw cannotCreate(name, value);
}

function cannotCreate(name: string, value: Given): CoercionError {
  const what =
    value.kind === "float"
      ? value.text
      : value.kind === "number"
        ? `${value.value}`
        : goName(value);
  return new CoercionError(`cannot create ${name} from ${what}`);
}

function shortName(type: ApiType, _api: Api): string {
  return type.kind === "list" ? "Array" : type.name;
}

/** Dagger's messages name Go's types. */
function goName(value: Given): string {
  switch (value.kind) {
    case "int":
      return "int64";
    case "float":
    case "number":
      return "float64";
    case "string":
    case "enum":
      return "string";
    case "boolean":
      return "bool";
    case "null":
      return "<nil>";
    case "list":
      return "[]interface {}";
    case "object":
      return "map[string]interface {}";
  }
}

function goTypeOf(type: ApiType): string {
  if (!type.required) return "dagql.DynamicOptional";
  if (type.kind === "list") return "dagql.DynamicArrayInput";
  return type.name.endsWith("ID") ? "dagql.AnyID" : `dagql.${type.name}`;
}
