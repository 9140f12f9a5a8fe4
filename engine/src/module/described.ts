import {
  type FunctionDef,
  type Module,
  noType,
  type TypeDef,
} from "../schema/module-types/values.ts";
import type {
  ArgumentTypeDef,
  EnumTypeDef,
  FunctionTypeDef,
  InterfaceTypeDef,
  ModuleTypes,
  ObjectTypeDef,
  TypeRef,
} from "./type-defs.ts";

/** What a module offers, as the API describes types. */
export function described({
  name,
  description,
  objects,
  enums,
  interfaces,
}: ModuleTypes): Omit<Module, "source"> {
  return {
    ...{ name, description },
    objects: objects.map((each) => objectDef(each, name)),
    enums: enums.map((each) => enumDef(each, name)),
    interfaces: interfaces.map((each) => interfaceDef(each, name)),
  };
}

function objectDef(
  { name, fields, functions, construct, ...more }: ObjectTypeDef,
  module: string,
): TypeDef {
  return {
    ...{ ...noType, ...notes(more), kind: "OBJECT_KIND", name, module },
    fields: fields.map((field) => ({
      ...{ ...notes(field), name: field.name },
      type: typeDef(field.type),
    })),
    functions: functions.map((fn) => functionDef(fn, module)),
    ...(construct ? { construct: functionDef(construct, module) } : {}),
  };
}

function interfaceDef({ name, description, functions }: InterfaceTypeDef, module: string): TypeDef {
  const own = functions.map((fn) => functionDef(fn, module));
  return { ...noType, kind: "INTERFACE_KIND", name, description, functions: own, module };
}

function enumDef({ name, description, members }: EnumTypeDef, module: string): TypeDef {
  return {
    ...{ ...noType, kind: "ENUM_KIND", name, description, module },
    members: members.map((each) => ({ ...notes(each), name: each.name, value: each.value })),
  };
}

function functionDef(fn: FunctionTypeDef, module: string): FunctionDef {
  return {
    ...{ ...notes(fn), name: fn.name, module },
    returns: typeDef(fn.returns),
    args: fn.args.map(argumentDef),
  };
}

function argumentDef(arg: ArgumentTypeDef) {
  const { name, defaultPath = "", defaultAddress = "", ignore = [] } = arg;
  const isOptional = arg.default !== undefined || defaultPath !== "" || defaultAddress !== "";
  return {
    ...{ ...notes(arg), name, defaultPath, defaultAddress, ignore },
    type: typeDef({ ...arg.type, optional: arg.type.optional || isOptional }),
    ...(arg.default === undefined ? {} : { default: arg.default }),
  };
}

const kinds = {
  string: "STRING_KIND",
  integer: "INTEGER_KIND",
  float: "FLOAT_KIND",
  boolean: "BOOLEAN_KIND",
  void: "VOID_KIND",
  object: "OBJECT_KIND",
  enum: "ENUM_KIND",
  scalar: "SCALAR_KIND",
  interface: "INTERFACE_KIND",
  list: "LIST_KIND",
} as const;

function typeDef(type: TypeRef): TypeDef {
  return {
    ...{ ...noType, kind: kinds[type.kind], optional: type.optional },
    ...("name" in type ? { name: type.name } : {}),
    ...(type.kind === "list" ? { item: typeDef(type.item) } : {}),
  };
}

function notes({ description, deprecated }: { description: string; deprecated?: string }) {
  return { description, ...(deprecated === undefined ? {} : { deprecated }) };
}
