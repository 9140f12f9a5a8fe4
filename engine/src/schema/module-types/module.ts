import { defineType, type Field } from "../define.ts";
import { modulesOf } from "./access.ts";
import { reading } from "./text-fields.ts";
import type { Module, TypeDef } from "./values.ts";

export const moduleType = defineType<Module>({
  name: "Module",
  description: "A module: what it offers, and what it is made of.",
  fields: {
    name: reading("Its name.", "String!", (self) => self.name),
    description: reading("What its documentation says.", "String!", (self) => self.description),
    objects: reading("Its objects.", "[TypeDef!]!", (self) => self.objects),
    enums: reading("Its enumerations.", "[TypeDef!]!", (self) => self.enums),
    interfaces: reading("Its interfaces.", "[TypeDef!]!", (self) => self.interfaces),
    source: reading("Where it comes from.", "ModuleSource", (self) => self.source),
    sdk: reading("What it is written with.", "SDKConfig", (self) => self.source && {}),
    dependencies: {
      description: "The modules that it calls.",
      args: {},
      type: "[Module!]!",
      async resolve({ source }, _args, session) {
        const modules = modulesOf(session);
        const sources = source ? await modules.dependencies(source) : [];
        return Promise.all(sources.map((each) => modules.load(each)));
      },
    },
    serve: {
      description: "Adds the module to what can be asked for here: a field of Query by its name.",
      args: {
        includeDependencies: {
          type: "Boolean",
          default: false,
          description: "Its dependencies too",
        },
        entrypoint: {
          type: "Boolean",
          default: false,
          description: "And the functions of its main object, as fields of Query itself",
        },
      },
      type: "Void",
      resolve: (self, { includeDependencies, entrypoint }, session) =>
        modulesOf(session).serve(self, { includeDependencies, entrypoint }),
    },
    sync: {
      description: "Loads it, and answers its id.",
      args: {},
      type: "ID!",
      resolve: (self, _args, session) => session.idOf("Module", self),
    },
    withDescription: {
      description: "The module with its documentation.",
      args: { description: { type: "String!", description: "The documentation" } },
      type: "Module!",
      resolve: (self, { description }) => ({ ...self, description }),
    },
    withObject: withOne("object", "objects"),
    withEnum: withOne("enum", "enums"),
    withInterface: withOne("iface", "interfaces"),
  },
});

function withOne(name: string, list: "objects" | "enums" | "interfaces"): Field<Module> {
  return {
    description: `The module with one more of its ${list}.`,
    args: { [name]: { type: "ID!", expects: "TypeDef", description: "The type" } },
    type: "Module!",
    resolve: async (self, args, session): Promise<Module> => ({
      ...self,
      [list]: [...self[list], await session.load<TypeDef>("TypeDef", args[name])],
    }),
  };
}

export const moduleField: Field<object> = {
  description: "A module with nothing in it, to describe one with.",
  args: {},
  type: "Module!",
  resolve: (): Module => ({ name: "", description: "", objects: [], enums: [], interfaces: [] }),
};

export const sdkConfigType = defineType<object>({
  name: "SDKConfig",
  description: "What a module is written with.",
  fields: {
    source: reading("Its name: galley runs modules of one SDK.", "String!", () => "typescript"),
    debug: reading("Does it stop for a debugger?", "Boolean!", () => false),
  },
});
