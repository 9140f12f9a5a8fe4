import type { EnumType, Field, InputType, ObjectType } from "../schema/define.ts";

/** All that requests can name: the API's own types and those of the modules of a session. */
export interface Api {
  object(name: string): ObjectType | undefined;
  enumType(name: string): EnumType | undefined;
  inputType(name: string): InputType | undefined;
  /** a field of an object; `id` and those that take a handle included */
  field(type: string, name: string): Field | undefined;
  readonly objects: readonly ObjectType[];
  readonly enums: readonly EnumType[];
  readonly inputs: readonly InputType[];
}

/** What a field answers whose type is not known before: an object and the name of its type. */
export interface TypedObject {
  readonly typeName: string;
  readonly value: object;
}

/** Every object is a Node: it has an id. */
export const nodeInterface = "Node";

/** Makes the API out of types, whose later ones take the place of fields of earlier ones. */
export function makeApi(
  types: readonly ObjectType[],
  enums: readonly EnumType[],
  inputs: readonly InputType[],
): Api {
  const fieldsByType = new Map<string, Record<string, Field>>();
  const described = new Map<string, string>();
  const interfaces = new Set(types.flatMap(({ name, isInterface }) => (isInterface ? name : [])));
  for (const type of types) {
    described.set(type.name, described.get(type.name) ?? type.description);
    fieldsByType.set(type.name, { ...fieldsByType.get(type.name), ...type.fields });
  }
  const names = [...fieldsByType.keys()].filter((name) => name !== "Query");
  for (const [name, fields] of fieldsByType) {
    fieldsByType.set(name, {
      id: interfaces.has(name) ? interfaceIdField : idField(name),
      ...(name === "Query" ? byId(names, interfaces) : {}),
      ...fields,
    });
  }
  const objects = [...fieldsByType].map(
    ([name, fields]): ObjectType => ({
      ...{ name, description: described.get(name) ?? "", fields },
      ...(interfaces.has(name) ? { isInterface: true } : {}),
    }),
  );
  const objectsByName = new Map(objects.map((object) => [object.name, object]));
  const enumsByName = new Map(enums.map((each) => [each.name, each]));
  return {
    object: (name) => objectsByName.get(name),
    enumType: (name) => enumsByName.get(name),
    inputType: (name) => inputs.find((each) => each.name === name),
    field: (type, name) => {
      const fields = objectsByName.get(type)?.fields;
      return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
    },
    objects,
    enums,
    inputs,
  };
}

function idField(typeName: string): Field {
  return {
    description: `A handle for this ${typeName}.`,
    args: {},
    type: "ID!",
    resolve: (self: object, _args, session) => session.idOf(typeName, self),
  };
}

/** What an interface hides: the handle is the object's own. */
const interfaceIdField: Field = {
  description: "A handle for this object.",
  args: {},
  type: "ID!",
  resolve: ({ typeName, value }: TypedObject, _args, session) => session.idOf(typeName, value),
};

/** The fields by which handles become objects again. */
function byId(names: readonly string[], interfaces: ReadonlySet<string>): Record<string, Field> {
  const fields: Record<string, Field> = {
    node: {
      description: "The object of a handle, whatever its type is.",
      args: { id: { type: "ID!", description: "The handle" } },
      type: `${nodeInterface}!`,
      resolve: (_query, { id }, session): TypedObject => session.find(id),
    },
  };
  for (const name of names) {
    fields[`load${name}FromID`] = {
      description: `The ${name} of a handle.`,
      args: { id: { type: `${name}ID!`, description: "The handle" } },
      type: `${name}!`,
      resolve: (_query, { id }, session) =>
        interfaces.has(name) ? session.find(id) : session.load(name, id),
    };
  }
  return fields;
}
