import type { TypeRef } from "../../module/type-defs.ts";
import { type Flag, type FlagType, flag } from "../flags/flag.ts";
import * as types from "../flags/types.ts";
import { kebab } from "../names.ts";
import type { Callable, CallableArgument, Provider, Types } from "./types.ts";

/** Types whose objects an address on the command line can stand for. */
const addressed: ReadonlySet<string> = new Set([
  "CacheVolume",
  "Container",
  "Directory",
  "File",
  "GitRef",
  "GitRepository",
  "Module",
  "ModuleSource",
  "Secret",
  "Service",
  "Socket",
]);

/** A list of these cannot be written on a command line. */
const singleOnly: ReadonlySet<string> = new Set(["GitRef", "GitRepository"]);

/** Can an argument be given on a command line? */
function isSupported({ name, type }: CallableArgument): boolean {
  if (type.kind === "list") {
    const { item } = type;
    if (item.kind === "object") return addressed.has(item.name) && !singleOnly.has(item.name);
    return item.kind !== "list" && item.kind !== "interface" && item.kind !== "void";
  }
  if (type.kind === "object") return addressed.has(type.name) && name !== "id";
  return type.kind !== "interface" && type.kind !== "void";
}

/** What can be called on a type, and what cannot since an argument that it needs is unsupported. */
export function supportedFunctions({ functions }: Provider): {
  readonly supported: readonly Callable[];
  readonly skipped: readonly string[];
} {
  const possible = ({ args }: Callable) => args.every((arg) => !arg.required || isSupported(arg));
  return {
    supported: functions.filter(possible),
    skipped: functions.filter((each) => !possible(each)).map(({ name }) => kebab(name)),
  };
}

/** The flags for a function's arguments. */
export function argumentFlags(fn: Callable, types: Types): Promise<Flag[]> {
  return Promise.all(
    fn.args.filter(isSupported).map(async (arg) =>
      flag({
        name: kebab(arg.name),
        usage: arg.description,
        type: await flagType(arg.type, types),
        group: "Arguments",
        required: arg.required,
        ...shownDefault(arg),
      }),
    ),
  );
}

const scalarTypes: Readonly<Record<string, FlagType>> = {
  Platform: types.platform,
  PortForward: types.portForward,
};

async function flagType(type: TypeRef, known: Types): Promise<FlagType> {
  switch (type.kind) {
    case "string":
      return types.text;
    case "integer":
      return types.integer;
    case "float":
      return types.floating;
    case "boolean":
      return types.boolean;
    case "enum":
      return types.member(await known.members(type.name));
    case "scalar":
      return scalarTypes[type.name] ?? types.text;
    case "list":
      return listType(type.item, known);
    default:
      return types.address(type.kind === "object" ? type.name : type.kind);
  }
}

async function listType(item: TypeRef, known: Types): Promise<FlagType> {
  switch (item.kind) {
    case "string":
      return types.texts;
    case "integer":
      return types.integers;
    case "float":
      return types.floatings;
    case "boolean":
      return types.booleans;
    case "scalar":
      if (!scalarTypes[item.name]) return types.texts;
  }
  return types.several(await flagType(item, known));
}

/** Defaults of lists, and those that say nothing (empty, zero, false), are not shown. */
function shownDefault({ type, default: value }: CallableArgument): { default?: string } {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) {
    return {};
  }
  if (typeof value === "object") return {};
  return { default: type.kind === "string" ? JSON.stringify(value) : String(value) };
}
