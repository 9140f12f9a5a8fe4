import { ApiError } from "../../tree/api-error.ts";
import type { Session } from "../define.ts";
import type { Directory } from "../values.ts";
import type { Module, ModuleSource, TypeDef } from "./values.ts";

/** What the API's types of modules need of the session that they are asked in. */
export interface ModuleAccess {
  /** where a reference leads: in or above a folder, or in a git repository */
  locate(
    reference: string,
    options: { readonly pin: string; readonly findUp: boolean },
  ): Promise<ModuleSource>;
  /** the module in a folder of a directory */
  inDirectory(directory: Directory, folder: string): Promise<ModuleSource>;
  load(source: ModuleSource): Promise<Module>;
  dependencies(source: ModuleSource): Promise<readonly ModuleSource[]>;
  /** the files of a module, and their digest */
  files(source: ModuleSource): Promise<{ readonly directory: Directory; readonly digest: string }>;
  serve(
    module: Module,
    options: { readonly includeDependencies: boolean; readonly entrypoint: boolean },
  ): Promise<void>;
  /** the module whose function asks */
  readonly current?: ModuleSource;
  /** what can be asked for here */
  types(options: { readonly hideCore: boolean }): readonly TypeDef[];
  /** the definition of a type by its name */
  typeNamed(name: string): TypeDef | undefined;
}

export function modulesOf({ modules }: Session): ModuleAccess {
  if (modules) return modules;
  throw new ApiError("modules cannot be asked for here");
}
