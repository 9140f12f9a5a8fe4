import { posix, resolve } from "node:path";
import { selected, subtree } from "../graph/operations/tree-edit.ts";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import type { Directory, File } from "../schema/values.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import type { ModuleConfig } from "./dagger-json.ts";
import type { Handles } from "./handles.ts";
import { toModule } from "./module-object.ts";
import type { ArgumentTypeDef, ModuleTypes } from "./type-defs.ts";

/** Arguments of a call as its module is given them, by their names in the source. */
export async function callArguments(
  declared: readonly ArgumentTypeDef[],
  given: Readonly<Record<string, unknown>>,
  module: { readonly config: ModuleConfig; readonly types: ModuleTypes },
  handles: Handles,
): Promise<Record<string, Json>> {
  const args: Record<string, Json> = {};
  for (const arg of declared) {
    const value =
      given[arg.name] ?? arg.default ?? (await fromDefaultPath(arg, module.config, handles));
    if (value === undefined || value === null) {
      if (arg.type.optional) continue;
      throw new ApiError(`missing required argument: ${JSON.stringify(arg.name)}`);
    }
    const kept = await withoutIgnored(arg, value, handles);
    args[arg.originalName] = toModule(kept, arg.type, module.types, handles);
  }
  return args;
}

/** What an argument is when it is not given: `/` is the repository's root, other paths the module's. */
async function fromDefaultPath(
  arg: ArgumentTypeDef,
  config: ModuleConfig,
  handles: Handles,
): Promise<string | undefined> {
  if (arg.defaultPath === undefined) return undefined;
  const path = posix.isAbsolute(arg.defaultPath)
    ? resolve(config.repository, `.${arg.defaultPath}`)
    : resolve(config.root, arg.defaultPath);
  if (!`${path}/`.startsWith(`${config.repository}/`)) {
    throw new ApiError(
      `argument ${JSON.stringify(arg.name)}: default path ${JSON.stringify(arg.defaultPath)} leaves the repository ${config.repository}`,
    );
  }
  if (arg.type.kind === "object" && arg.type.name === "File") {
    const file: File = { file: hostFile({ path, nonce: "" }), name: posix.basename(path) };
    return handles.idOf("File", file);
  }
  const directory: Directory = {
    tree: hostDirectory({
      path,
      include: [],
      exclude: arg.ignore ?? [],
      gitignore: false,
      nonce: "",
    }),
    path: "",
  };
  return handles.idOf("Directory", directory);
}

/** A directory that is given loses what the function does not want to see. */
async function withoutIgnored(
  arg: ArgumentTypeDef,
  value: unknown,
  handles: Handles,
): Promise<unknown> {
  const isDirectory = arg.type.kind === "object" && arg.type.name === "Directory";
  if (!isDirectory || !arg.ignore?.length) return value;
  const { tree, path } = handles.load<Directory>("Directory", value as string);
  const top = path === "" ? tree : subtree({ path, named: path }, [tree]);
  const rest = selected({ include: [], exclude: arg.ignore, gitignore: false }, [top]);
  return handles.idOf("Directory", { tree: rest, path: "" } satisfies Directory);
}
