import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { keptTree } from "../graph/operations/tree-source.ts";
import type { Session } from "../schema/define.ts";
import { solveDirectory } from "../schema/directory-tree.ts";
import type { ModuleAccess } from "../schema/module-types/access.ts";
import type { ModuleSource as Described } from "../schema/module-types/values.ts";
import { ApiError } from "../tree/api-error.ts";
import { saveTree } from "../tree/kept-trees.ts";
import { cleanPath } from "../tree/paths.ts";
import { laidOut, locateModule } from "./checkout.ts";
import { type ModuleConfig, readModule } from "./dagger-json.ts";
import { dependencyConfig, type ModuleSource, readSource } from "./source.ts";

/** What serving and describing modules needs of those that are loaded. */
interface Modules {
  describe(source: ModuleSource): Promise<Awaited<ReturnType<ModuleAccess["load"]>>>;
  serve(source: ModuleSource, options: Parameters<ModuleAccess["serve"]>[1]): Promise<void>;
}

/** The modules that one asker of the API can reach. */
export function moduleAccess(
  modules: Modules,
  session: Session,
  seen: Pick<ModuleAccess, "types" | "typeNamed">,
  current?: ModuleSource,
): ModuleAccess {
  const read = (source: Described) =>
    readSource(readModule(join(source.root, "dagger.json")), session);
  return {
    ...seen,
    ...(current ? { current: sourceOf(current.config, "LOCAL_SOURCE", ".") } : {}),
    async locate(reference, { pin, findUp }) {
      const folder = resolve(session.workdir, reference);
      if (!findUp && existsSync(folder) && !existsSync(join(folder, "dagger.json"))) {
        throw new ApiError(
          `module ${JSON.stringify(reference)}: there is no dagger.json in ${folder}`,
        );
      }
      const config = await locateModule(reference, session.workdir, session, pin);
      if (!config) {
        throw new ApiError(
          `module ${JSON.stringify(reference)}: there is no dagger.json in ${folder} or in a folder above it`,
        );
      }
      return sourceOf(config, config.git ? "GIT_SOURCE" : "LOCAL_SOURCE", reference);
    },
    async inDirectory(directory, folder) {
      const top = laidOut(await solveDirectory(directory, session), session.context.cache);
      const path = cleanPath(folder);
      const file = join(top, path, "dagger.json");
      if (existsSync(file)) return sourceOf(readModule(file), "DIR_SOURCE", folder || ".");
      throw new ApiError(
        `there is no dagger.json in ${JSON.stringify(folder || ".")} of the directory`,
      );
    },
    async load(source) {
      return { ...(await modules.describe(await read(source))), source };
    },
    async dependencies({ root }) {
      const config = readModule(join(root, "dagger.json"));
      return Promise.all(
        config.dependencies.map(async (dependency) => {
          const found = await dependencyConfig(config, dependency, [root], session);
          return sourceOf(found, found.git ? "GIT_SOURCE" : "LOCAL_SOURCE", dependency.source);
        }),
      );
    },
    async files(source) {
      const { tree, digest } = await read(source);
      const kept = keptTree({ digest: saveTree(session.context.cache, tree) });
      return { directory: { tree: kept, path: "" }, digest };
    },
    async serve({ name, source }, options) {
      if (source) return modules.serve(await read(source), options);
      throw new ApiError(
        `module ${JSON.stringify(name)} has no source: serve one of moduleSource(…).asModule`,
      );
    },
  };
}

function sourceOf(config: ModuleConfig, kind: Described["kind"], reference: string): Described {
  const { name, root, source, repository: context, engineVersion, git } = config;
  return { kind, name, root, source, context, engineVersion, reference, ...(git ? { git } : {}) };
}
