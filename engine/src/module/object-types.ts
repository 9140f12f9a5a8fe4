import type { Argument, EnumType, Field, ObjectType, Session } from "../schema/define.ts";
import { whyTypeLeftOut } from "../schema/left-out.ts";
import type { Json } from "../tree/digest.ts";
import type { ModuleObject } from "./module-object.ts";
import {
  type ArgumentTypeDef,
  type FieldTypeDef,
  type FunctionTypeDef,
  isRequired,
  type ModuleTypes,
  mainObject,
  type ObjectTypeDef,
  type TypeRef,
} from "./type-defs.ts";

/** What resolving a module's fields and functions takes. */
export interface ModuleResolver {
  /** the value of a field that an object's state holds */
  field(object: ModuleObject, field: FieldTypeDef): Promise<unknown>;
  /** what a function of an object answers */
  call(
    owner: ObjectTypeDef,
    fn: FunctionTypeDef,
    parent: Json,
    args: Readonly<Record<string, unknown>>,
    session: Session,
  ): Promise<unknown>;
  /** the module's main object */
  construct(args: Readonly<Record<string, unknown>>, session: Session): Promise<ModuleObject>;
}

/** A module's types as types of the API. */
export function objectTypes(types: ModuleTypes, resolver: ModuleResolver): ObjectType[] {
  return types.objects.map((object) => ({
    name: object.name,
    description: object.description,
    fields: fieldsOf(object, resolver, async (self) => self),
  }));
}

export function enumTypes(types: ModuleTypes): EnumType[] {
  return types.enums.map(({ name, description, members }) => ({
    name,
    description,
    values: Object.fromEntries(members.map((member) => [member.name, member.description])),
  }));
}

/**
 * The module at hand as fields of Query: its functions and fields, of an object made without
 * arguments, and `with`, its constructor.
 */
export function queryFields(types: ModuleTypes, resolver: ModuleResolver): Record<string, Field> {
  const main = mainObject(types);
  if (!main) return {};
  const made = (_query: ModuleObject, session: Session) => resolver.construct({}, session);
  return {
    ...fieldsOf(main, resolver, made),
    with: constructorField(main, resolver),
  };
}

/** The field by which others make a module's main object: Dagger names it like the module. */
export function constructorField(main: ObjectTypeDef, resolver: ModuleResolver): Field {
  return {
    description: main.construct?.description || main.description,
    args: argumentsOf(main.construct?.args ?? []),
    type: `${main.name}!`,
    resolve: (_query, args, session) => resolver.construct(args, session),
  };
}

function fieldsOf(
  object: ObjectTypeDef,
  resolver: ModuleResolver,
  selfOf: (self: ModuleObject, session: Session) => Promise<ModuleObject>,
): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const field of object.fields) {
    fields[field.name] = {
      ...notes(field),
      args: {},
      type: apiType(field.type),
      resolve: async (self: ModuleObject, _args, session) =>
        resolver.field(await selfOf(self, session), field),
    };
  }
  for (const fn of object.functions) {
    fields[fn.name] = {
      ...notes(fn),
      args: argumentsOf(fn.args),
      type: apiType(fn.returns),
      resolve: async (self: ModuleObject, args, session) => {
        const { state } = await selfOf(self, session);
        return resolver.call(object, fn, state, args, session);
      },
    };
  }
  return fields;
}

export function argumentsOf(args: readonly ArgumentTypeDef[]): Record<string, Argument> {
  return Object.fromEntries(
    args.map((arg) => [
      arg.name,
      {
        description: arg.description,
        type: argumentType(arg),
        // A platform that is none is found when the call is made (cli/kinds/arg-platform-bad).
        readAs: argumentType(arg).replace(/\bPlatform\b/u, "String"),
        ...(arg.default === undefined ? {} : { default: arg.default }),
      },
    ]),
  );
}

function argumentType(arg: ArgumentTypeDef): string {
  // Nobody can give what galley does not have: the call says so, and why.
  const isLeftOut = arg.type.kind === "object" && whyTypeLeftOut(arg.type.name) !== undefined;
  return inputType({ ...arg.type, optional: isLeftOut || !isRequired(arg) });
}

/** Objects are given by their handles. */
function inputType(type: TypeRef): string {
  const required = type.optional ? "" : "!";
  if (type.kind === "list") return `[${inputType(type.item)}]${required}`;
  const isObject = type.kind === "object" || type.kind === "interface";
  return isObject ? `ID${required}` : `${named(type)}${required}`;
}

export function apiType(type: TypeRef): string {
  const required = type.optional ? "" : "!";
  return type.kind === "list" ? `[${apiType(type.item)}]${required}` : `${named(type)}${required}`;
}

const scalars = {
  string: "String",
  integer: "Int",
  float: "Float",
  boolean: "Boolean",
  void: "Void",
} as const;

function named(type: Exclude<TypeRef, { kind: "list" }>): string {
  return "name" in type ? type.name : scalars[type.kind];
}

export function notes({ description, deprecated }: { description: string; deprecated?: string }) {
  return { description, ...(deprecated === undefined ? {} : { deprecated }) };
}
