import { basename } from "node:path";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import { containerExecFields } from "./container-exec.ts";
import { emptyContainer } from "./container-values.ts";
import { defineType } from "./define.ts";
import { hostPath } from "./directory.ts";
import { defaultPlatform } from "./platform.ts";
import { parseSecretUri } from "./secret-uri.ts";

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
      args: {},
      type: "Directory!",
      resolve: ({ value }, _args, session) => ({
        tree: hostDirectory({
          path: hostPath(value, session),
          include: [],
          exclude: [],
          gitignore: false,
          nonce: "",
        }),
        path: "",
      }),
    },
    file: {
      description: "A file of the host.",
      args: {},
      type: "File!",
      resolve: ({ value }, _args, session) => ({
        file: hostFile({ path: hostPath(value, session), nonce: "" }),
        name: basename(value),
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
