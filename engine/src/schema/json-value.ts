import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { defineType } from "./define.ts";
import type { JsonValue } from "./values.ts";

export const jsonNull: JsonValue = { json: "null" };

const path = {
  type: "[String!]!",
  description: "Names of fields, from the top inwards",
};

/** JSON values, for what has no type of its own. */
export const jsonValueType = defineType<JsonValue>({
  name: "JSONValue",
  description: "A value as JSON.",
  fields: {
    contents: {
      description: "The value as JSON.",
      args: {
        pretty: { type: "Boolean", default: false, description: "On lines of their own" },
        indent: { type: "String", default: "  ", description: "What pretty lines begin with" },
      },
      type: "JSON!",
      resolve: ({ json }, { pretty, indent }) =>
        pretty ? written(JSON.parse(json), indent) : json,
    },
    withContents: {
      description: "Another value, of its JSON.",
      args: { contents: { type: "JSON!", description: "The value as JSON" } },
      type: "JSONValue!",
      resolve(_value, { contents }): JsonValue {
        try {
          JSON.parse(contents);
        } catch (error) {
          throw new ApiError(`invalid JSON: ${(error as Error).message}`);
        }
        return { json: contents };
      },
    },
    newString: {
      description: "A string.",
      args: { value: { type: "String!", description: "The string" } },
      type: "JSONValue!",
      resolve: (_self, { value }) => jsonValue(value),
    },
    newInteger: {
      description: "An integer.",
      args: { value: { type: "Int!", description: "The integer" } },
      type: "JSONValue!",
      resolve: (_self, { value }) => jsonValue(value),
    },
    newBoolean: {
      description: "A boolean.",
      args: { value: { type: "Boolean!", description: "The boolean" } },
      type: "JSONValue!",
      resolve: (_self, { value }) => jsonValue(value),
    },
    asString: {
      description: "The value as a string, which it has to be.",
      args: {},
      type: "String!",
      resolve({ json }) {
        const value: Json = JSON.parse(json);
        if (typeof value === "string") return value;
        throw new ApiError(`json: cannot unmarshal ${kindOf(value)} into Go value of type string`);
      },
    },
    asInteger: {
      description: "The value as an integer, which it has to be.",
      args: {},
      type: "Int!",
      resolve({ json }) {
        const value: Json = JSON.parse(json);
        if (typeof value === "number" && Number.isInteger(value)) return value;
        const what = typeof value === "number" ? `number ${json.trim()}` : kindOf(value);
        throw new ApiError(`json: cannot unmarshal ${what} into Go value of type int`);
      },
    },
    asBoolean: {
      description: "The value as a boolean, which it has to be.",
      args: {},
      type: "Boolean!",
      resolve({ json }) {
        const value: Json = JSON.parse(json);
        if (typeof value === "boolean") return value;
        throw new ApiError("value is not a boolean");
      },
    },
    asArray: {
      description: "The items of an array, which the value has to be.",
      args: {},
      type: "[JSONValue!]!",
      resolve({ json }) {
        const value: Json = JSON.parse(json);
        if (Array.isArray(value)) return value.map(jsonValue);
        throw new ApiError("value is not an array");
      },
    },
    fields: {
      description: "Names of the fields of an object, which the value has to be.",
      args: {},
      type: "[String!]!",
      resolve({ json }) {
        const value: Json = JSON.parse(json);
        if (isObject(value)) return Object.keys(value);
        throw new ApiError("value is not an object");
      },
    },
    field: {
      description: "A field of an object, or of one inside of it.",
      args: { path },
      type: "JSONValue!",
      resolve({ json }, args) {
        let value: Json = JSON.parse(json);
        for (const name of args.path as readonly string[]) {
          if (!isObject(value)) {
            throw new ApiError(`can't lookup field '${name}' in non-object value`);
          }
          const field: Json | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
          if (field === undefined) throw new ApiError(`no such field: '${name}'`);
          value = field;
        }
        return jsonValue(value);
      },
    },
    withField: {
      description: "With a field set; objects on the way to it are made.",
      args: { path, value: { type: "ID!", expects: "JSONValue", description: "Its value" } },
      type: "JSONValue!",
      async resolve({ json }, args, session) {
        const field = await session.load<JsonValue>("JSONValue", args.value);
        return jsonValue(withField(JSON.parse(json), args.path, JSON.parse(field.json)));
      },
    },
  },
});

export function parseJsonFile(text: string): JsonValue {
  try {
    JSON.parse(text);
  } catch {
    throw new ApiError("invalid JSON");
  }
  return { json: text };
}

function withField(value: Json, names: readonly string[], field: Json): Json {
  const object = isObject(value) ? value : {};
  const [name, ...rest] = names;
  if (name === undefined) return object;
  const before = Object.hasOwn(object, name) ? (object[name] ?? null) : null;
  return { ...object, [name]: rest.length === 0 ? field : withField(before, rest, field) };
}

function jsonValue(value: Json): JsonValue {
  return { json: written(value) };
}

/** As Go writes it: keys in order, and nothing that a web page could take for its own. */
function written(value: Json, indent?: string): string {
  const escapes: Readonly<Record<string, string>> = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
  };
  const text = JSON.stringify(sorted(value), null, indent) ?? "null";
  return text.replace(/[<>&\u2028\u2029]/gu, (char) => escapes[char] ?? char);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;
}
