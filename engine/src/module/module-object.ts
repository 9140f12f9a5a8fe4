import { platformProblem } from "../schema/platform.ts";
import { ApiError } from "../tree/api-error.ts";
import { digestOfJson, type Json } from "../tree/digest.ts";
import { fitsInt64 } from "../tree/int64.ts";
import type { Handles } from "./handles.ts";
import type { ModuleTypes, TypeRef } from "./type-defs.ts";

/** An object of a module's class: its fields as the module itself wrote them, handles in them. */
export interface ModuleObject {
  /** identity of the source of its module: its functions are that source's */
  readonly source: string;
  readonly state: Json;
}

/** Turns what a module wrote into values of the API. */
export async function fromModule(
  json: Json,
  type: TypeRef,
  types: ModuleTypes,
  source: string,
  handles: Handles,
): Promise<unknown> {
  if (json === null || json === undefined) return nothing(type);
  const again = (each: Json, as: TypeRef) => fromModule(each, as, types, source, handles);
  switch (type.kind) {
    case "list": {
      const items = json as readonly Json[];
      if (type.item.kind === "list") return items.map((each) => inLists(each, type.item));
      return Promise.all(items.map((each) => again(each, type.item)));
    }
    case "object": {
      if (types.objects.some(({ name }) => name === type.name)) {
        return { source, state: json } satisfies ModuleObject;
      }
      return handles.load(type.name, json as string);
    }
    case "interface":
      return handles.find(json as string);
    case "enum":
      return memberName(json as string, type.name, types);
    case "void":
      return null;
    case "integer":
      return integer(json);
    default:
      return json;
  }
}

/**
 * What Dagger answers where there has to be something and a module gave nothing, as a class without a
 * constructor gives nothing for its fields, not even what they begin with.
 */
function nothing(type: TypeRef): unknown {
  if (type.optional) return null;
  switch (type.kind) {
    case "string":
    case "scalar":
      return "";
    case "integer":
    case "float":
      return 0;
    case "boolean":
      return false;
    case "list":
      return [];
    default:
      return null;
  }
}

/** A `number` is an integer of 64 bits, and any other is refused, in Dagger's words. */
function integer(json: Json): Json {
  const text = JSON.stringify(json);
  const problem = !/^-?\d+$/.test(text)
    ? "invalid syntax"
    : fitsInt64(BigInt(text))
      ? undefined
      : "value out of range";
  if (problem) throw new ApiError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`);
  return json;
}

/**
 * Dagger answers a list of lists of values with handles that nothing can load (cli/kinds/list-nested);
 * a module that got the values here would not work there.
 */
function inLists(json: Json, type: TypeRef): unknown {
  if (type.kind !== "list") return Buffer.from(`\x12\x20${digestOfJson(json)}`).toString("base64");
  return (json as readonly Json[]).map((each) => inLists(each, type.item));
}

/** Turns an argument, as the executor coerced it, into what a module is given. */
export function toModule(
  value: unknown,
  type: TypeRef,
  types: ModuleTypes,
  handles: Handles,
): Json {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "list":
      return (value as readonly unknown[]).map((each) => toModule(each, type.item, types, handles));
    case "object": {
      const id = value as string;
      if (types.objects.some(({ name }) => name === type.name)) {
        return handles.load<ModuleObject>(type.name, id).state;
      }
      handles.load(type.name, id);
      return id;
    }
    case "enum":
      return originalName(value as string, type.name, types);
    case "scalar": {
      const problem = type.name === "Platform" ? platformProblem(value as string) : undefined;
      if (problem) throw new ApiError(problem);
      return value as Json;
    }
    default:
      return value as Json;
  }
}

/** Members are named as in the source on a module's side, in capitals on the API's. */
function memberName(original: string, enumName: string, types: ModuleTypes): string {
  const declared = types.enums.find(({ name }) => name === enumName);
  if (!declared) return original;
  const member =
    declared.members.find(({ originalName }) => originalName === original) ??
    declared.members.find(({ value }) => value === original);
  if (member) return member.name;
  const known = declared.members.map(({ name }) => name).join(", ");
  throw new ApiError(`${JSON.stringify(original)} is no member of ${enumName} (${known})`);
}

function originalName(member: string, enumName: string, types: ModuleTypes): string {
  const declared = types.enums.find(({ name }) => name === enumName);
  return declared?.members.find(({ name }) => name === member)?.originalName ?? member;
}
