import { defineType } from "./define.ts";
import type { CacheVolume, Port, Secret, Socket } from "./values.ts";

interface Named {
  readonly name: string;
  readonly value: string;
}

const named = (type: string, what: string) =>
  defineType<Named>({
    name: type,
    description: `${what}.`,
    fields: {
      name: { description: "Its name.", args: {}, type: "String!", resolve: ({ name }) => name },
      value: {
        description: "Its value.",
        args: {},
        type: "String!",
        resolve: ({ value }) => value,
      },
    },
  });

export const envVariableType = named("EnvVariable", "A variable of a container's environment");
export const labelType = named("Label", "A label of an image");

export const portType = defineType<Port>({
  name: "Port",
  description: "A port that a container exposes.",
  fields: {
    port: { description: "Its number.", args: {}, type: "Int!", resolve: ({ port }) => port },
    protocol: {
      description: "Its protocol.",
      args: {},
      type: "NetworkProtocol!",
      resolve: ({ protocol }) => protocol,
    },
    description: {
      description: "What it is for.",
      args: {},
      type: "String",
      resolve: ({ description }) => description ?? null,
    },
    experimentalSkipHealthcheck: {
      description: "Is it not waited for?",
      args: {},
      type: "Boolean!",
      resolve: ({ experimentalSkipHealthcheck }) => experimentalSkipHealthcheck,
    },
  },
});

export const engineType = defineType<object>({
  name: "Engine",
  description: "What serves this API: galley, in one process with whoever started it.",
  fields: {
    name: { description: "Its name.", args: {}, type: "String!", resolve: () => "galley" },
  },
});

export const cacheVolumeType = defineType<CacheVolume>({
  name: "CacheVolume",
  description: "A directory that outlives the steps that write it.",
  fields: {},
});

export const socketType = defineType<Socket>({
  name: "Socket",
  description: "A Unix socket of the host, for the containers that it is mounted into.",
  fields: {},
});

export const secretType = defineType<Secret>({
  name: "Secret",
  description: "A value that never shows in logs, keys or layers.",
  fields: {
    name: {
      description: "Its name, when it was set by one.",
      args: {},
      type: "String!",
      resolve: ({ name }) => name ?? "",
    },
    uri: {
      description: "Where it comes from, when it was given by an address.",
      args: {},
      type: "String!",
      resolve: ({ uri }) => uri ?? "",
    },
    plaintext: {
      description: "Its value.",
      args: {},
      type: "String!",
      resolve: async ({ reference }, _args, session) =>
        (await session.secrets.plaintext(reference)).toString("utf8"),
    },
  },
});
