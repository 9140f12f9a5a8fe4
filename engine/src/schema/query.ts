import { mounted } from "../graph/operations/snapshot.ts";
import { ApiError } from "../tree/api-error.ts";
import { emptyContainer } from "./container-values.ts";
import { defineType } from "./define.ts";
import { emptyDirectory, topOf } from "./directory-tree.ts";
import { emptyEnvFile, expandEnvFile } from "./env-file.ts";
import { checkFileName } from "./file-name.ts";
import { fileOfContents } from "./file-of-contents.ts";
import { gitField } from "./git.ts";
import { httpField } from "./http.ts";
import { jsonNull } from "./json-value.ts";
import { defaultPlatform } from "./platform.ts";
import { parseSecretUri } from "./secret-uri.ts";
import type { CacheVolume, Changeset, Directory, Secret } from "./values.ts";

/** The version of Dagger whose API this is. */
export const apiVersion = "v0.21.8";

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
      resolve(_query, { name, contents, permissions }) {
        checkFileName(name);
        return fileOfContents(name, contents, permissions);
      },
    },
    address: {
      description: "Something by its address, as on the command line.",
      args: { value: { type: "String!", description: "The address" } },
      type: "Address!",
      resolve(_query, { value }) {
        if (value === "") throw new ApiError("resource cannot have empty address");
        return { value };
      },
    },
    http: httpField,
    git: gitField,
    changeset: {
      description: "No changes at all.",
      args: {},
      type: "Changeset!",
      resolve: (): Changeset => ({ before: emptyDirectory, after: emptyDirectory }),
    },
    envFile: {
      description: "An env file with nothing in it.",
      args: { expand: expandEnvFile },
      type: "EnvFile!",
      resolve: () => emptyEnvFile,
    },
    json: {
      description: "The JSON value null, to make others from.",
      args: {},
      type: "JSONValue!",
      resolve: () => jsonNull,
    },
    host: { description: "The host.", args: {}, type: "Host!", resolve: () => ({}) },
    cacheVolume: {
      description: "The cache volume of a key.",
      args: {
        key: { type: "String!", description: "What tells it from others" },
        source: { type: "ID", description: "What it starts with" },
        sharing: {
          type: "CacheSharingMode",
          description: "How it is shared unless a mount says so",
        },
        owner: {
          type: "String",
          default: "",
          description: "Owner of its top, unless a mount says so",
        },
      },
      type: "CacheVolume!",
      async resolve(_query, { key, source, sharing, owner }, session): Promise<CacheVolume> {
        const directory = source ? await session.load<Directory>("Directory", source) : undefined;
        return {
          key,
          ...(directory
            ? { source: mounted({ name: null, owner: null }, [topOf(directory)]) }
            : {}),
          ...(sharing ? { sharing } : {}),
          ...(owner ? { owner } : {}),
        };
      },
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
      resolve(_query, { uri, cacheKey }): Secret {
        parseSecretUri(uri);
        return { reference: JSON.stringify({ uri, ...(cacheKey ? { cacheKey } : {}) }), uri };
      },
    },
    engine: {
      description: "What serves this API.",
      args: {},
      type: "Engine!",
      resolve: () => ({}),
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
