import type { Argument, Field, ObjectType } from "../schema/define.ts";
import {
  type FunctionDef,
  noType,
  type TypeDef,
  type TypeDefKind,
} from "../schema/module-types/values.ts";
import type { Api } from "./api.ts";
import { type ApiType, apiType } from "./type-ref.ts";

/**
 * All that can be asked for, as types of modules are described. `own` are those of modules: they are
 * described by themselves. `isShown` chooses among the fields of Query.
 */
export function describedApi(
  api: Api,
  own: ReadonlyMap<string, TypeDef>,
  isShown: (name: string) => boolean,
): TypeDef[] {
  const objects = api.objects.map((object) => own.get(object.name) ?? objectDef(object));
  const enums = api.enums.map(
    ({ name, description, values }): TypeDef =>
      own.get(name) ?? {
        ...{ ...noType, kind: "ENUM_KIND", name, description },
        members: Object.entries(values).map(([member, meaning]) => ({
          ...{ name: member, value: member, description: meaning },
        })),
      },
  );
  const inputs = api.inputs.map(
    ({ name, description, fields }): TypeDef => ({
      ...{ ...noType, kind: "INPUT_KIND", name, description },
      fields: Object.entries(fields).map(([field, argument]) => ({
        ...{ name: field, description: argument.description },
        type: argumentType(argument),
      })),
    }),
  );
  return [...objects, ...enums, ...inputs];

  function objectDef({ name, description, fields, isInterface }: ObjectType): TypeDef {
    const functions = Object.entries(fields)
      .filter(([field]) => name !== "Query" || isShown(field))
      .map(([field, each]) => functionDef(field, each));
    const kind = isInterface ? "INTERFACE_KIND" : "OBJECT_KIND";
    return { ...noType, kind, name, description, functions };
  }

  function functionDef(name: string, { description, deprecated, args, type }: Field): FunctionDef {
    return {
      ...{ name, description, ...(deprecated === undefined ? {} : { deprecated }) },
      returns: typeDef(apiType(type)),
      args: Object.entries(args).map(([argument, each]) => ({
        ...{ name: argument, description: each.description },
        ...{ defaultPath: "", defaultAddress: "", ignore: [] },
        type: argumentType(each),
        ...(each.default === undefined ? {} : { default: each.default }),
      })),
    };
  }

  function argumentType({ type, expects, default: given }: Argument): TypeDef {
    const read = typeDef(apiType(expects ? type.replace(/\bID\b/u, expects) : type));
    return given === undefined ? read : { ...read, optional: true };
  }

  function typeDef(type: ApiType): TypeDef {
    const optional = !type.required;
    if (type.kind === "list") {
      return { ...noType, kind: "LIST_KIND", optional, item: typeDef(type.item) };
    }
    const { name } = type;
    const primitive = primitives[name];
    if (primitive) return { ...noType, kind: primitive, optional };
    return { ...noType, kind: kindOf(name), name, optional };
  }

  function kindOf(name: string): TypeDefKind {
    const object = api.object(name);
    if (object) return object.isInterface ? "INTERFACE_KIND" : "OBJECT_KIND";
    if (api.enumType(name)) return "ENUM_KIND";
    return api.inputType(name) ? "INPUT_KIND" : "SCALAR_KIND";
  }
}

const primitives: Readonly<Record<string, TypeDefKind>> = {
  String: "STRING_KIND",
  Int: "INTEGER_KIND",
  Float: "FLOAT_KIND",
  Boolean: "BOOLEAN_KIND",
  Void: "VOID_KIND",
};
