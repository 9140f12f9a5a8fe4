import { ApiError } from "../../tree/api-error.ts";
import type { Json } from "../../tree/digest.ts";
import { type Argument, defineType, type Field, type Session } from "../define.ts";
import { placeOf, sourceMapArgument } from "./source-map.ts";
import { reading } from "./text-fields.ts";
import type { ArgumentDef, FunctionDef, TypeDef } from "./values.ts";

const sourceMap = reading<{ sourceMap?: object }>(
  "Where it is declared; galley knows it of what was registered with a place only.",
  "SourceMap",
  (self) => self.sourceMap,
);

export const docs = {
  description: { type: "String", default: "", description: "What its documentation says" },
  ...sourceMapArgument,
} as const satisfies Readonly<Record<string, Argument>>;

export const deprecation: Readonly<Record<string, Argument>> = {
  deprecated: { type: "String", description: "Why it should not be used any more" },
};

export const functionType = defineType<FunctionDef>({
  name: "Function",
  description: "A function of an object or an interface.",
  fields: {
    name: reading("Its name.", "String!", (self) => self.name),
    description: reading("What its documentation says.", "String!", (self) => self.description),
    deprecated: reading("Why not to use it any more.", "String", (self) => self.deprecated),
    args: reading("Its arguments.", "[FunctionArg!]!", (self) => self.args),
    returnType: reading("The type of its answer.", "TypeDef!", (self) => self.returns),
    sourceMap,
    sourceModuleName: reading(
      "The module that it is of; empty: the API itself.",
      "String!",
      (self) => self.module ?? "",
    ),
    withArg: {
      description: "The function with one more argument.",
      args: {
        name: { type: "String!", description: "Its name" },
        typeDef: { type: "ID!", expects: "TypeDef", description: "Its type" },
        ...docs,
        defaultValue: { type: "JSON", description: "What it is when it is not given, as JSON" },
        defaultPath: {
          type: "String",
          default: "",
          description: "Where a Directory or File comes from when it is not given",
        },
        ignore: {
          type: "[String!]",
          default: [],
          description: "Patterns left out of a Directory",
        },
        ...deprecation,
        defaultAddress: {
          type: "String",
          default: "",
          description: "Where a Container comes from when it is not given",
        },
      },
      type: "Function!",
      async resolve(
        self,
        { typeDef, sourceMap: place, defaultValue, deprecated, ...more },
        session,
      ) {
        const { name, description, defaultPath, defaultAddress, ignore } = more;
        const arg: ArgumentDef = {
          ...{ name, description, defaultPath, defaultAddress, ignore },
          ...(deprecated === undefined ? {} : { deprecated }),
          ...(defaultValue === undefined ? {} : { default: json(defaultValue, name) }),
          ...(await placeOf(place, session)),
          type: await session.load<TypeDef>("TypeDef", typeDef),
        };
        return { ...self, args: [...self.args, arg] };
      },
    },
    withDescription: {
      description: "The function with its documentation.",
      args: { description: { type: "String!", description: "The documentation" } },
      type: "Function!",
      resolve: (self, { description }) => ({ ...self, description }),
    },
    withDeprecated: {
      description: "The function, which should not be used any more.",
      args: { reason: { type: "String", description: "Why, and what to use instead" } },
      type: "Function!",
      resolve: (self, { reason }) => ({ ...self, deprecated: reason ?? "" }),
    },
    withSourceMap: {
      description: "The function with the place where it is declared.",
      args: { sourceMap: { ...sourceMapArgument.sourceMap, type: "ID!" } },
      type: "Function!",
      resolve: async (self, { sourceMap: place }, session) => ({
        ...self,
        ...(await placeOf(place, session)),
      }),
    },
    withCachePolicy: {
      description: "The function with how long its answers hold.",
      args: {
        policy: { type: "FunctionCachePolicy!", description: "How long" },
        timeToLive: { type: "String", description: 'A time (example: "10m")' },
      },
      type: "Function!",
      resolve: (self) => self,
    },
    withCheck: marked("a check"),
    withGenerator: marked("a generator"),
    withUp: marked("a service to bring up"),
  },
});

/** Marks and policies say how a function is run; what describes it does not show them. */
function marked(what: string): Field<FunctionDef> {
  return {
    description: `The function, marked as ${what}.`,
    args: {},
    type: "Function!",
    resolve: (self) => self,
  };
}

export const functionField: Field<object> = {
  description: "A function of a name and an answer, to describe an object with.",
  args: {
    name: { type: "String!", description: "Its name" },
    returnType: { type: "ID!", expects: "TypeDef", description: "The type of its answer" },
  },
  type: "Function!",
  resolve: async (_query, { name, returnType }, session: Session): Promise<FunctionDef> => ({
    ...{ name, description: "", args: [] },
    returns: await session.load<TypeDef>("TypeDef", returnType),
  }),
};

export const functionArgType = defineType<ArgumentDef>({
  name: "FunctionArg",
  description: "An argument of a function.",
  fields: {
    name: reading("Its name.", "String!", (self) => self.name),
    description: reading("What its documentation says.", "String!", (self) => self.description),
    deprecated: reading("Why not to use it any more.", "String", (self) => self.deprecated),
    typeDef: reading("Its type.", "TypeDef!", (self) => self.type),
    defaultValue: reading(
      "What it is when it is not given, as JSON; empty: nothing.",
      "JSON!",
      (self) => (self.default === undefined ? "" : JSON.stringify(self.default)),
    ),
    defaultPath: reading(
      "Where a Directory or File comes from when it is not given.",
      "String!",
      (self) => self.defaultPath,
    ),
    defaultAddress: reading(
      "Where a Container comes from when it is not given.",
      "String!",
      (self) => self.defaultAddress,
    ),
    ignore: reading("Patterns left out of a Directory.", "[String!]!", (self) => self.ignore),
    sourceMap,
  },
});

function json(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new ApiError(`argument ${JSON.stringify(name)}: default value ${text} is no JSON`);
  }
}
