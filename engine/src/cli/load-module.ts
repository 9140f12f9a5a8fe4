import type { LoadedModule } from "../module/loaded-modules.ts";
import type { EngineSession } from "../server/session.ts";
import type { ModuleFlags } from "./module-flags.ts";
import { UsageError } from "./usage-error.ts";

/** Loads the module that the flags name; undefined when there is none to load. */
export async function loadModule(
  session: EngineSession,
  { mod, noMod }: Pick<ModuleFlags, "mod" | "noMod">,
): Promise<LoadedModule | undefined> {
  if (noMod.value === true) {
    if (!mod.changed) return undefined;
    throw new UsageError(
      "if any flags in the group [mod no-mod] are set none of the others can be; [mod no-mod] were all set",
    );
  }
  if (!mod.changed) return await session.loadModule(".");
  const ref = String(mod.value);
  const loading = `query module objects: loading modules: loading extra module ${JSON.stringify(ref)}`;
  const resolving = `${loading}: resolving module source ${JSON.stringify(ref)}`;
  let module: Awaited<ReturnType<EngineSession["loadModule"]>>;
  try {
    module = await session.loadModule(ref);
  } catch (error) {
    throw new Error(`${resolving}: ${(error as Error).message}`, { cause: error });
  }
  if (!module) {
    throw new UsageError(`${resolving}: there is no dagger.json in ${ref} or in a folder above it`);
  }
  return module;
}
