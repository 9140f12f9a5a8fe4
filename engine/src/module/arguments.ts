import { selected, subtree } from "../graph/operations/tree-edit.ts";
import type { Session } from "../schema/define.ts";
import { whyTypeLeftOut } from "../schema/left-out.ts";
import type { Directory } from "../schema/values.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { contextual } from "./contextual.ts";
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
  api: Session,
): Promise<Record<string, Json>> {
  const args: Record<string, Json> = {};
  for (const arg of declared) {
    const value = given[arg.name] ?? arg.default ?? (await contextual(arg, module.config, api));
    if (value === undefined || value === null) {
      if (arg.type.optional) continue;
      const why = arg.type.kind === "object" ? whyTypeLeftOut(arg.type.name) : undefined;
      if (why && arg.type.kind === "object") {
        throw new ApiError(
          `argument ${JSON.stringify(arg.name)}: galley does not have ${arg.type.name}: ${why}`,
        );
      }
      throw new ApiError(`missing required argument: ${JSON.stringify(arg.name)}`);
    }
    const kept = await withoutIgnored(arg, value, handles);
    try {
      args[arg.originalName] = toModule(kept, arg.type, module.types, handles);
    } catch (error) {
      const said = (error as Error).message;
      throw new ApiError(`set call inputs: convert arg ${JSON.stringify(arg.name)}: ${said}`);
    }
  }
  return args;
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
