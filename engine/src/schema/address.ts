import { basename } from "node:path";
import { selected } from "../graph/operations/tree-edit.ts";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import { cleanPath } from "../tree/paths.ts";
import * as arg from "./arguments.ts";
import { containerExecFields } from "./container-exec.ts";
import { emptyContainer } from "./container-values.ts";
import { defineType, type Session } from "./define.ts";
import { fileIn } from "./directory-parts.ts";
import { topOf } from "./directory-tree.ts";
import { repositoryAt, repositoryIn } from "./git.ts";
import { treeOf } from "./git-ref.ts";
import { lookUp } from "./git-repository.ts";
import { type GitUrl, parseGitUrl } from "./git-url.ts";
import { hostPath } from "./host-path.ts";
import { defaultPlatform } from "./platform.ts";
import { parseSecretUri } from "./secret-uri.ts";
import { serviceAt } from "./service.ts";
import type { Directory, GitRepository, Socket } from "./values.ts";

interface Address {
  readonly value: string;
}

/** The repository at an address of the network, or in a folder of the host. */
function gitRepositoryAt(address: string, session: Session): Promise<GitRepository> {
  if (parseGitUrl(address)) return repositoryAt({ url: address, keepGitDir: true }, session);
  const path = hostPath(address.replace(/^file:\/\//u, ""), session);
  const all = { include: [], exclude: [], gitignore: false, nonce: "" };
  return repositoryIn({ tree: hostDirectory({ path, ...all }), path: "" }, session);
}

/** A folder of a commit; its top has the commit's `.git`. */
async function directoryInGit({ url, ref, path }: GitUrl, session: Session): Promise<Directory> {
  const repository = await repositoryAt({ url, keepGitDir: true }, session);
  const tree = await treeOf(lookUp(repository, ref || "HEAD"), {}, session);
  return path === "" ? tree : { ...tree, path: cleanPath(path) };
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
      description: "A directory of the host, or one in a git repository: `URL#REF:PATH`.",
      args: { ...arg.selection, noCache: arg.noCache },
      type: "Directory!",
      async resolve({ value }, { exclude, include, gitignore, noCache }, session) {
        const remote = parseGitUrl(value);
        if (remote) {
          const tree = topOf(await directoryInGit(remote, session));
          return { tree: selected({ include, exclude, gitignore }, [tree]), path: "" };
        }
        return {
          tree: hostDirectory({
            path: hostPath(value.replace(/^file:\/\//u, ""), session),
            include,
            exclude,
            gitignore,
            nonce: noCache ? crypto.randomUUID() : "",
          }),
          path: "",
        };
      },
    },
    file: {
      description: "A file of the host, or one in a git repository: `URL#REF:PATH`.",
      args: { ...arg.selection, noCache: arg.noCache },
      type: "File!",
      async resolve({ value }, { noCache }, session) {
        const remote = parseGitUrl(value);
        if (remote?.path === "") {
          throw new ApiError("no file path specified within git repository");
        }
        if (remote) {
          const top = await directoryInGit({ ...remote, path: "" }, session);
          return fileIn(top, remote.path, session);
        }
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
    gitRepository: {
      description: "A git repository by its address, or that of a directory of the host.",
      args: {},
      type: "GitRepository!",
      async resolve({ value }, _args, session) {
        const remote = parseGitUrl(value);
        if (remote?.ref) throw new ApiError("git repository address cannot contain ref");
        if (remote?.path) throw new ApiError("git repository address cannot contain subdir");
        return gitRepositoryAt(value, session);
      },
    },
    gitRef: {
      description: "A commit by the address of its repository, `#` and its name.",
      args: {},
      type: "GitRef!",
      async resolve({ value }, _args, session) {
        if (parseGitUrl(value)?.path) throw new ApiError("git ref address cannot contain subdir");
        const [repository = "", ref = ""] = value.split(/#(.*)/su);
        return lookUp(await gitRepositoryAt(repository, session), ref || "HEAD");
      },
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
