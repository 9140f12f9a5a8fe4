import { ApiError } from "../../tree/api-error.ts";
import { type Argument, type Arguments, defineType, type Field, type Session } from "../define.ts";
import { deprecation, docs } from "./function.ts";
import { placeOf } from "./source-map.ts";
import { reading } from "./text-fields.ts";
import { type FunctionDef, noType, type TypeDef, type TypeDefKind } from "./values.ts";

export const typeDefType = defineType<TypeDef>({
  name: "TypeDef",
  description: "A type: of a value, an argument, an object of a module.",
  fields: {
    kind: reading("Its kind.", "TypeDefKind!", (self) => self.kind ?? "VOID_KIND"),
    name: reading("Its name, without whether it is optional.", "String!", nameOf),
    optional: reading("May it be null?", "Boolean!", (self) => self.optional),
    asObject: as("OBJECT_KIND", "ObjectTypeDef"),
    asInterface: as("INTERFACE_KIND", "InterfaceTypeDef"),
    asEnum: as("ENUM_KIND", "EnumTypeDef"),
    asScalar: as("SCALAR_KIND", "ScalarTypeDef"),
    asInput: as("INPUT_KIND", "InputTypeDef"),
    asList: as("LIST_KIND", "ListTypeDef"),
    withKind: {
      description: "The type of another kind.",
      args: { kind: { type: "TypeDefKind!", description: "The kind" } },
      type: "TypeDef!",
      resolve: (self, { kind }) => ({ ...self, kind }),
    },
    withOptional: {
      description: "The type, which may be null or not.",
      args: { optional: { type: "Boolean!", description: "May it be null?" } },
      type: "TypeDef!",
      resolve: (self, { optional }) => ({ ...self, optional }),
    },
    withScalar: named("SCALAR_KIND", "A scalar of a name.", { description: docs.description }),
    withObject: named("OBJECT_KIND", "An object of a name; without more it refers to one.", {
      ...docs,
      ...deprecation,
    }),
    withInterface: named("INTERFACE_KIND", "An interface of a name."),
    withEnum: named("ENUM_KIND", "An enumeration of a name; without more it refers to one."),
    withListOf: {
      description: "A list of a type.",
      args: {
        elementType: { type: "ID!", expects: "TypeDef", description: "The type of its elements" },
      },
      type: "TypeDef!",
      resolve: async (self, { elementType }, session): Promise<TypeDef> => ({
        ...self,
        kind: "LIST_KIND",
        item: await session.load<TypeDef>("TypeDef", elementType),
      }),
    },
    withField: {
      description: "The object with a field.",
      args: {
        name: { type: "String!", description: "Its name" },
        typeDef: { type: "ID!", expects: "TypeDef", description: "Its type" },
        ...docs,
        ...deprecation,
      },
      type: "TypeDef!",
      async resolve(self, args, session): Promise<TypeDef> {
        only(self, "OBJECT_KIND", "fields");
        const type = await session.load<TypeDef>("TypeDef", args.typeDef);
        return { ...self, fields: [...self.fields, { ...(await noted(args, session)), type }] };
      },
    },
    withFunction: {
      description: "The object or interface with a function.",
      args: { function: { type: "ID!", expects: "Function", description: "The function" } },
      type: "TypeDef!",
      async resolve(self, { function: id }, session): Promise<TypeDef> {
        if (self.kind !== "INTERFACE_KIND") only(self, "OBJECT_KIND", "functions");
        const added = await session.load<FunctionDef>("Function", id);
        return { ...self, functions: [...self.functions, added] };
      },
    },
    withConstructor: {
      description: "The object with the function that makes one.",
      args: { function: { type: "ID!", expects: "Function", description: "The function" } },
      type: "TypeDef!",
      async resolve(self, { function: id }, session): Promise<TypeDef> {
        only(self, "OBJECT_KIND", "a constructor");
        return { ...self, construct: await session.load<FunctionDef>("Function", id) };
      },
    },
    withEnumMember: {
      description: "The enumeration with one more member.",
      args: {
        name: { type: "String!", description: "Its name" },
        value: { type: "String", default: "", description: "Its value (default: its name)" },
        ...docs,
        ...deprecation,
      },
      type: "TypeDef!",
      resolve: (self, args, session) => withMember(self, args, session),
    },
    withEnumValue: {
      description: "The enumeration with one more member.",
      deprecated: "Use withEnumMember instead",
      args: { value: { type: "String!", description: "Its value" }, ...docs, ...deprecation },
      type: "TypeDef!",
      resolve: (self, args, session) => withMember(self, { ...args, name: args.value }, session),
    },
  },
});

export const typeDefField: Field<object> = {
  description: "A type that says nothing yet.",
  args: {},
  type: "TypeDef!",
  resolve: (): TypeDef => noType,
};

async function withMember(self: TypeDef, args: Arguments, session: Session): Promise<TypeDef> {
  only(self, "ENUM_KIND", "members");
  if (self.members.some(({ name }) => name === args.name)) {
    throw new ApiError(`enum ${JSON.stringify(args.name)} is already defined`);
  }
  const member = { ...(await noted(args, session)), value: args.value || args.name };
  return { ...self, members: [...self.members, member] };
}

/** Name and documentation as arguments give them. */
async function noted(args: Arguments, session: Session) {
  const { name, description, deprecated, sourceMap } = args;
  return {
    ...{ name, description },
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(await placeOf(sourceMap, session)),
  };
}

function only(self: TypeDef, kind: TypeDefKind, what: string): void {
  if (self.kind === kind) return;
  throw new ApiError(`cannot add ${what} to type of kind ${self.kind ?? "none"}: it takes ${kind}`);
}

function named(
  kind: TypeDefKind,
  description: string,
  more: Readonly<Record<string, Argument>> = docs,
): Field<TypeDef> {
  return {
    description,
    args: { name: { type: "String!", description: "The name" }, ...more },
    type: "TypeDef!",
    async resolve(self, args, session): Promise<TypeDef> {
      if (args.name === "")
        throw new ApiError(`${kind.replace("_KIND", "").toLowerCase()} type def must have a name`);
      return { ...self, ...(await noted(args, session)), kind };
    },
  };
}

/** The type as what it is; null when it is of another kind. A reference is what it refers to. */
function as(kind: TypeDefKind, type: string): Field<TypeDef> {
  return {
    description: `The type as ${type}; null when it is none.`,
    args: {},
    type,
    resolve(self, _args, session): TypeDef | null {
      if (self.kind !== kind) return null;
      const isReference = [self.fields, self.functions, self.members].every(
        (all) => all.length === 0,
      );
      return (isReference ? session.modules?.typeNamed(self.name) : undefined) ?? self;
    },
  };
}

const primitives: Partial<Record<TypeDefKind, string>> = {
  STRING_KIND: "String",
  INTEGER_KIND: "Int",
  FLOAT_KIND: "Float",
  BOOLEAN_KIND: "Boolean",
  VOID_KIND: "Void",
};

function nameOf({ kind, name, item }: TypeDef): string {
  if (kind === "LIST_KIND" && item) return `[${nameOf(item)}${item.optional ? "" : "!"}]`;
  return (kind && primitives[kind]) ?? name;
}
