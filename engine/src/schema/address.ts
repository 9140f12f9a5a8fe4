import { basename } from "node:path";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import * as arg from "./arguments.ts";
import { containerExecFields } from "./container-exec.ts";
import { emptyContainer } from "./container-values.ts";
import { defineType } from "./define.ts";
import { hostPath } from "./directory.ts";
import { defaultPlatform } from "./platform.ts";
import { parseSecretUri } from "./secret-uri.ts";
import { serviceAt } from "./service.ts";
import type { Socket } from "./values.ts";

interface Address {
  readonly value: string;
}

/** What a text on the command line stands for. */
export const addressType = defineType<Address>({
  name: "Address",
  description: "A text that stands for something, as on the command line.",
  fields: {
    value: { description: "The text.", args: {}, type: "String!", resolve: ({ value }) => value },
    container: {
      description: "The container of an image.",
      args: {},
      type: "Container!",
      resolve: ({ value }, _args, session) =>
        containerExecFields.from?.resolve(
          emptyContainer(defaultPlatform),
          { address: value },
          session,
        ),
    },
    directory: {
      description: "A directory of the host.",
      args: { ...arg.selection, noCache: arg.noCache },
      type: "Directory!",
      resolve: ({ value }, { exclude, include, gitignore, noCache }, session) => ({
        tree: hostDirectory({
          path: hostPath(value.replace(/^file:\/\//u, ""), session),
          include,
          exclude,
          gitignore,
          nonce: noCache ? crypto.randomUUID() : "",
        }),
        path: "",
      }),
    },
    file: {
      description: "A file of the host.",
      args: { ...arg.selection, noCache: arg.noCache },
      type: "File!",
      resolve({ value }, { noCache }, session) {
        const path = hostPath(value.replace(/^file:\/\//u, ""), session);
        const nonce = noCache ? crypto.randomUUID() : "";
        return { file: hostFile({ path, nonce }), name: basename(path) };
      },
    },
    service: {
      description: "A port of the host, as `tcp://HOST:PORT`.",
      args: {},
      type: "Service!",
      resolve: ({ value }) => serviceAt(value),
    },
    socket: {
      description: "A Unix socket of the host, by its path or as `unix://PATH`.",
      args: {},
      type: "Socket!",
      resolve: ({ value }, _args, session): Socket => ({
        path: hostPath(value.replace(/^unix:\/\//u, ""), session),
      }),
    },
    secret: {
      description: "A secret by its provider.",
      args: {},
      type: "Secret!",
      resolve({ value }) {
        parseSecretUri(value);
        return { reference: JSON.stringify({ uri: value }), uri: value };
      },
    },
  },
});
