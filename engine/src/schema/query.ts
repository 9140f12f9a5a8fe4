import { emptyContainer } from "./container-values.ts";
import { defineType } from "./define.ts";
import { emptyDirectory } from "./directory.ts";
import { fileOfContents } from "./file-of-contents.ts";
import type { Secret } from "./values.ts";

/** The version of Dagger whose API this is. */
export const apiVersion = "v0.21.8";

export const defaultPlatform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";

/** Where every request starts: what needs no module. */
export const queryType = defineType<object>({
  name: "Query",
  description: "The root of the API.",
  fields: {
    container: {
      description: "A container with nothing in it.",
      args: {
        platform: {
          type: "Platform",
          description: "Operating system and architecture (default: this machine's)",
        },
      },
      type: "Container!",
      resolve: (_query, { platform }) => emptyContainer(platform ?? defaultPlatform),
    },
    directory: {
      description: "A directory with nothing in it.",
      args: {},
      type: "Directory!",
      resolve: () => emptyDirectory,
    },
    file: {
      description: "A file of a text.",
      args: {
        name: { type: "String!", description: "Its name" },
        contents: { type: "String!", description: "What it holds" },
        permissions: { type: "Int", default: 0o644, description: "Its permission bits" },
      },
      type: "File!",
      resolve: (_query, args) => fileOfContents(args.name, args.contents, args.permissions),
    },
    host: { description: "The host.", args: {}, type: "Host!", resolve: () => ({}) },
    cacheVolume: {
      description: "The cache volume of a key.",
      args: { key: { type: "String!", description: "What tells it from others" } },
      type: "CacheVolume!",
      resolve: (_query, { key }) => ({ key }),
    },
    setSecret: {
      description: "A secret of a name and a value.",
      args: {
        name: {
          type: "String!",
          description: "Its name; a later value of that name takes its place",
        },
        plaintext: { type: "String!", description: "Its value" },
      },
      type: "Secret!",
      resolve: (_query, { name, plaintext }, session): Secret => ({
        reference: session.secrets.set(name, plaintext),
        name,
      }),
    },
    secret: {
      description: "A secret by its address.",
      args: {
        uri: { type: "String!", description: "env://NAME, file://PATH or cmd://COMMAND" },
        cacheKey: {
          type: "String",
          description: "What stands for its value in cache keys, for values that change",
        },
      },
      type: "Secret!",
      resolve: (_query, { uri, cacheKey }): Secret => ({
        reference: JSON.stringify({ uri, ...(cacheKey ? { cacheKey } : {}) }),
        uri,
      }),
    },
    version: {
      description: "Version of the API.",
      args: {},
      type: "String!",
      resolve: () => apiVersion,
    },
    defaultPlatform: {
      description: "Operating system and architecture of containers unless asked otherwise.",
      args: {},
      type: "Platform!",
      resolve: () => defaultPlatform,
    },
  },
});
