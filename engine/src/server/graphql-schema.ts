import {
  GraphQLEnumType,
  type GraphQLFieldConfig,
  GraphQLID,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  type GraphQLType,
  specifiedScalarTypes,
} from "graphql";
import type { Argument, Field, ObjectType } from "../schema/define.ts";
import { type Api, nodeInterface } from "./api.ts";
import { type ApiType, apiType } from "./type-ref.ts";

/** The API for graphql-js, which checks requests against it and answers introspection. */
export function graphqlSchema(api: Api): GraphQLSchema {
  const types = new Map<string, GraphQLNamedType>(
    specifiedScalarTypes.map((type) => [type.name, type]),
  );
  const node = new GraphQLInterfaceType({
    name: nodeInterface,
    description: "Anything that has a handle.",
    fields: { id: { type: new GraphQLNonNull(GraphQLID), description: "A handle for it." } },
  });
  types.set(nodeInterface, node);
  for (const { name, description, values, aliases = {} } of api.enums) {
    types.set(
      name,
      new GraphQLEnumType({
        name,
        description,
        values: Object.fromEntries([
          ...Object.entries(values).map(([value, meaning]) => [value, { description: meaning }]),
          ...Object.entries(aliases).map(([alias, value]) => [alias, { description: value }]),
        ]),
      }),
    );
  }
  for (const { name, description, fields } of api.inputs) {
    types.set(
      name,
      new GraphQLInputObjectType({
        name,
        description,
        fields: () => inputFields(fields, lookUp),
      }),
    );
  }
  for (const object of api.objects) types.set(object.name, objectType(object, lookUp, node));
  for (const { name } of api.objects) lookUp(apiType(`${name}ID`));

  /** A name that nothing defines is a scalar: Platform, JSON, DirectoryID. */
  function lookUp(type: ApiType): GraphQLType {
    if (type.required) return new GraphQLNonNull(lookUp({ ...type, required: false }));
    if (type.kind === "list") return new GraphQLList(lookUp(type.item));
    const known = types.get(type.name) ?? new GraphQLScalarType({ name: type.name });
    types.set(type.name, known);
    return known;
  }

  return new GraphQLSchema({
    query: types.get("Query") as GraphQLObjectType,
    types: [...types.values()],
    // Dagger has neither @include nor @skip.
    directives: [],
    assumeValid: true,
  });
}

function objectType(
  { name, description, fields }: ObjectType,
  lookUp: (type: ApiType) => GraphQLType,
  node: GraphQLInterfaceType,
): GraphQLObjectType {
  return new GraphQLObjectType({
    name,
    description,
    interfaces: name === "Query" ? [] : [node],
    fields: () =>
      Object.fromEntries(
        sorted(fields).map(([fieldName, field]) => [fieldName, fieldConfig(field, lookUp)]),
      ),
  });
}

function fieldConfig(
  { description, deprecated, args, type }: Field,
  lookUp: (type: ApiType) => GraphQLType,
): GraphQLFieldConfig<unknown, unknown> {
  return {
    description,
    deprecationReason: deprecated,
    type: lookUp(apiType(type)) as GraphQLOutputType,
    args: inputFields(args, lookUp),
  };
}

/** Arguments of a field and fields of an input object are alike. */
function inputFields(
  fields: Readonly<Record<string, Argument>>,
  lookUp: (type: ApiType) => GraphQLType,
): Record<string, GraphQLInputFieldConfig> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      {
        description: field.description,
        type: lookUp(apiType(field.type)) as GraphQLInputType,
        ...(field.default === undefined ? {} : { defaultValue: field.default }),
      },
    ]),
  );
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}
