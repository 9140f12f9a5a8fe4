import type { Field, ObjectType } from "../schema/define.ts";
import { ApiError } from "../tree/api-error.ts";
import type { TypedObject } from "./handles.ts";
import { apiType, argumentsOf, notes } from "./object-types.ts";
import type {
  ArgumentTypeDef,
  FunctionTypeDef,
  InterfaceTypeDef,
  ModuleTypes,
  TypeRef,
} from "./type-defs.ts";

type FieldsOf = (object: TypedObject) => Promise<ObjectType["fields"]>;

/**
 * A module's interfaces as types of the API. Their functions are those of whatever object stands
 * behind: of another module, of this one, or one of the API's own.
 */
export function interfaceTypes(types: ModuleTypes, fieldsOf: FieldsOf): ObjectType[] {
  return types.interfaces.map(({ name, description, functions }) => ({
    name,
    description,
    isInterface: true,
    fields: Object.fromEntries(functions.map((fn) => [fn.name, field(fn, name, fieldsOf)])),
  }));
}

function field(fn: FunctionTypeDef, interfaceName: string, fieldsOf: FieldsOf): Field {
  return {
    ...notes(fn),
    args: argumentsOf(fn.args),
    type: apiType(fn.returns),
    async resolve(self: TypedObject, args, session) {
      const found = (await fieldsOf(self))[fn.name];
      if (!found) throw new ApiError(missing(self.typeName, interfaceName, [fn.name]));
      const answer = await found.resolve(self.value as never, withDefaults(found, args), session);
      return isInterface(fn.returns) ? withTypes(answer, found.type) : answer;
    },
  };
}

function withDefaults({ args: declared }: Field, args: Readonly<Record<string, unknown>>) {
  const defaults = Object.entries(declared).flatMap(([name, each]) =>
    each.default === undefined ? [] : [[name, each.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...args };
}

function isInterface(type: TypeRef): boolean {
  return type.kind === "list" ? isInterface(type.item) : type.kind === "interface";
}

/** Values of an interface carry the name of their own type; a value of another interface has it. */
function withTypes(answer: unknown, type: string): unknown {
  if (Array.isArray(answer)) return answer.map((each) => withTypes(each, type));
  if (typeof answer !== "object" || answer === null || "typeName" in answer) return answer;
  return { typeName: type.replace(/[[\]!]/gu, ""), value: answer } satisfies TypedObject;
}

/** Refuses an object that lacks what an argument's interface asks of it. */
export async function checkInterfaces(
  declared: readonly ArgumentTypeDef[],
  given: Readonly<Record<string, unknown>>,
  types: ModuleTypes,
  find: (id: string) => TypedObject,
  fieldsOf: FieldsOf,
): Promise<void> {
  for (const arg of declared) {
    const wanted = interfaceOf(arg.type, types);
    if (!wanted) continue;
    for (const id of [given[arg.name] ?? []].flat()) {
      const object = find(id as string);
      const fields = await fieldsOf(object);
      const lacking = wanted.functions.flatMap(({ name }) => (fields[name] ? [] : name));
      if (lacking.length === 0) continue;
      const why = missing(object.typeName, wanted.name, lacking);
      throw new ApiError(`argument ${JSON.stringify(arg.name)}: ${why}`);
    }
  }
}

function interfaceOf(type: TypeRef, types: ModuleTypes): InterfaceTypeDef | undefined {
  if (type.kind === "list") return interfaceOf(type.item, types);
  if (type.kind !== "interface") return undefined;
  return types.interfaces.find(({ name }) => name === type.name);
}

function missing(typeName: string, interfaceName: string, names: readonly string[]): string {
  return `${typeName} is no ${interfaceName}: it lacks ${names.join(", ")}`;
}
