import { existsSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import { addressType } from "../schema/address.ts";
import type { Session } from "../schema/define.ts";
import { repositoryIn } from "../schema/git.ts";
import { lookUp } from "../schema/git-repository.ts";
import type { Directory, File, GitRepository } from "../schema/values.ts";
import { ApiError } from "../tree/api-error.ts";
import type { ModuleConfig } from "./dagger-json.ts";
import type { ArgumentTypeDef } from "./type-defs.ts";

/**
 * The handle of what an argument is when it is not given: something at its default path or address.
 * Undefined: nothing stands in for it.
 */
export async function contextual(
  arg: ArgumentTypeDef,
  config: ModuleConfig,
  api: Session,
): Promise<string | undefined> {
  const type = arg.type.kind === "object" ? arg.type.name : arg.type.kind;
  if (arg.defaultAddress !== undefined) {
    if (type !== "Container") {
      throw new ApiError(`defaultAddress can only be used with Container type, not ${type}`);
    }
    return at(type, arg.defaultAddress, api);
  }
  if (arg.defaultPath === undefined) return undefined;
  if (type === "GitRepository" || type === "GitRef") return ofGit(type, arg, config, api);
  const path = within(config, arg);
  if (type === "File") {
    const file: File = { file: hostFile({ path, nonce: "" }), name: posix.basename(path) };
    return api.idOf("File", file);
  }
  return api.idOf("Directory", directoryAt(path, { exclude: arg.ignore ?? [] }));
}

/** `/` is the top of the repository; other paths start at the module's own folder. */
function within({ repository, root }: ModuleConfig, { name, defaultPath = "" }: ArgumentTypeDef) {
  const path = posix.isAbsolute(defaultPath)
    ? resolve(repository, `.${defaultPath}`)
    : resolve(root, defaultPath);
  if (`${path}/`.startsWith(`${repository}/`)) return path;
  throw new ApiError(
    `argument ${JSON.stringify(name)}: default path ${JSON.stringify(defaultPath)} leaves the repository ${repository}`,
  );
}

/** `/`, `.` and `.git` are the repository around the module; other paths are addresses of one. */
async function ofGit(
  type: "GitRepository" | "GitRef",
  { name, type: { optional }, defaultPath = "" }: ArgumentTypeDef,
  { repository }: ModuleConfig,
  api: Session,
): Promise<string | undefined> {
  const path = posix.normalize(defaultPath.replace(/^\/+|\/+$/gu, "") || ".");
  if (path !== "." && path !== ".git") return at(type, defaultPath, api);
  if (!existsSync(join(repository, ".git"))) {
    if (optional) return undefined;
    throw new ApiError(
      `argument ${JSON.stringify(name)}: default path ${JSON.stringify(defaultPath)}: ${repository} is in no git repository`,
    );
  }
  const found: GitRepository = await repositoryIn(
    directoryAt(repository, { gitignore: true }),
    api,
  );
  return type === "GitRef" ? api.idOf(type, lookUp(found, "HEAD")) : api.idOf(type, found);
}

/** What an address stands for, as on the command line. */
async function at(
  type: "Container" | "GitRepository" | "GitRef",
  value: string,
  api: Session,
): Promise<string> {
  const field = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const found = await addressType.fields[field]?.resolve({ value }, {}, api);
  return api.idOf(type, found as object);
}

function directoryAt(
  path: string,
  { exclude = [], gitignore = false }: { exclude?: readonly string[]; gitignore?: boolean },
): Directory {
  return { tree: hostDirectory({ path, include: [], exclude, gitignore, nonce: "" }), path: "" };
}
