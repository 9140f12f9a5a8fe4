import { defineType, type Field } from "../define.ts";
import { reading } from "./text-fields.ts";
import type { FieldDef, MemberDef, TypeDef } from "./values.ts";

const name = (what: string) =>
  reading<{ name: string }>(`The name of the ${what}.`, "String!", (self) => self.name);
const description = reading<{ description: string }>(
  "What its documentation says.",
  "String!",
  (self) => self.description,
);
const deprecated = reading<{ deprecated?: string }>(
  "Why it should not be used any more.",
  "String",
  (self) => self.deprecated,
);
const sourceMap = reading<{ sourceMap?: object }>(
  "Where it is declared; galley knows it of what was registered with a place only.",
  "SourceMap",
  (self) => self.sourceMap,
);
const sourceModuleName = reading<{ module?: string }>(
  "The module that it is of; empty: the API itself.",
  "String!",
  (self) => self.module ?? "",
);
const functions = reading<TypeDef>("Its functions.", "[Function!]!", (self) => self.functions);

export const objectTypeDefType = defineType<TypeDef>({
  name: "ObjectTypeDef",
  description: "An object: its fields, its functions, and how it is made.",
  fields: {
    ...{ name: name("object"), description, deprecated, sourceMap, sourceModuleName, functions },
    fields: reading("Its fields.", "[FieldTypeDef!]!", (self) => self.fields),
    constructor: reading<TypeDef>("What makes one.", "Function", (self) => self.construct),
  },
});

export const interfaceTypeDefType = defineType<TypeDef>({
  name: "InterfaceTypeDef",
  description: "Functions that objects of any module may have.",
  fields: { name: name("interface"), description, sourceMap, sourceModuleName, functions },
});

const members: Field<TypeDef> = reading(
  "Its members.",
  "[EnumValueTypeDef!]!",
  (self) => self.members,
);

export const enumTypeDefType = defineType<TypeDef>({
  name: "EnumTypeDef",
  description: "A choice of members.",
  fields: {
    ...{ name: name("enumeration"), description, sourceMap, sourceModuleName, members },
    values: { ...members, deprecated: "Use members instead" },
  },
});

export const enumValueTypeDefType = defineType<MemberDef>({
  name: "EnumValueTypeDef",
  description: "A member of an enumeration.",
  fields: {
    ...{ name: name("member"), description, deprecated, sourceMap },
    value: reading("Its value in the module's source.", "String!", (self) => self.value),
  },
});

export const fieldTypeDefType = defineType<FieldDef>({
  name: "FieldTypeDef",
  description: "A field of an object.",
  fields: {
    ...{ name: name("field"), description, deprecated, sourceMap },
    typeDef: reading("Its type.", "TypeDef!", (self) => self.type),
  },
});

export const listTypeDefType = defineType<TypeDef>({
  name: "ListTypeDef",
  description: "A list of values of one type.",
  fields: { elementTypeDef: reading("Their type.", "TypeDef!", (self) => self.item) },
});

export const scalarTypeDefType = defineType<TypeDef>({
  name: "ScalarTypeDef",
  description: "A text that means something of its own.",
  fields: { name: name("scalar"), description, sourceModuleName },
});

export const inputTypeDefType = defineType<TypeDef>({
  name: "InputTypeDef",
  description: "An object that is given whole, as an argument of the API's own.",
  fields: {
    name: name("input"),
    fields: reading("Its fields.", "[FieldTypeDef!]!", (self) => self.fields),
  },
});
