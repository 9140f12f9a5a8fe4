import { existsSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { Session } from "../schema/define.ts";
import { ApiError } from "../tree/api-error.ts";
import { type Digest, digestOfJson } from "../tree/digest.ts";
import { readHostTree } from "../tree/host-tree.ts";
import { nodeAt, partsOf, walk } from "../tree/paths.ts";
import { digestOfNode, type Tree } from "../tree/tree.ts";
import { locateModule } from "./checkout.ts";
import { type Dependent, findDependency, type ModuleConfig, readModule } from "./dagger-json.ts";
import { gitModuleRef } from "./module-ref.ts";
import { sdkManifest } from "./sdk/sdk-package.ts";

/** A module's files at one moment: dagger.json, its source and what it includes. */
export interface ModuleSource {
  readonly config: ModuleConfig;
  readonly tree: Tree;
  /** identity of the files and of how they are read: answers of functions are kept under it */
  readonly digest: Digest;
  /** the TypeScript files below src/, relative to the module's root */
  readonly scripts: readonly string[];
  /** the modules that it calls, by the names that it knows them by */
  readonly dependencies: readonly { readonly name: string; readonly source: ModuleSource }[];
}

/** Counts up when kept type information or answers of functions mean something else than before. */
const format = 2;

/** Reads what belongs to a module; installed packages and generated clients do not. */
export async function readSource(
  config: ModuleConfig,
  session: Session,
  dependents: readonly string[] = [],
): Promise<ModuleSource> {
  const { cache } = session.context;
  const below = (path: string) => posix.join(config.source, path);
  const tree = readHostTree(
    config.root,
    {
      include: ["dagger.json", config.source === "." ? "*" : config.source, ...config.include],
      exclude: ["**/node_modules", below("sdk"), ".git", ...config.exclude],
    },
    cache,
  );
  const src = nodeAt(tree, partsOf(below("src")));
  if (src?.kind !== "directory") {
    throw new ApiError(
      `module ${config.name}: there is no folder ${join(config.root, config.source, "src")}: a TypeScript module's classes live there`,
    );
  }
  const scripts = [...walk(src)]
    .filter(
      ([path, node]) => node.kind === "file" && /\.m?ts$/u.test(path) && !/\.d\.m?ts$/u.test(path),
    )
    .map(([path]) => below(posix.join("src", path)));
  if (scripts.length === 0) {
    throw new ApiError(`module ${config.name}: no TypeScript file in ${below("src")}`);
  }
  const above = [...dependents, config.root];
  const dependencies = await Promise.all(
    config.dependencies.map(async (dependency) => {
      const found = await dependencyConfig(config, dependency, above, session);
      const own = await readSource(found, session, above);
      return { name: dependency.name || found.name, source: own };
    }),
  );
  const digest = digestOfJson([
    format,
    sdkManifest(),
    digestOfNode(tree),
    dependencies.map(({ name, source }) => [name, source.digest]),
  ]);
  return { config, tree, digest, scripts, dependencies };
}

/** A dependency of the module here, by its name in dagger.json, where no folder is called so. */
export async function namedDependency(
  name: string,
  workdir: string,
  session: Session,
): Promise<ModuleConfig | undefined> {
  if (existsSync(resolve(workdir, name)) || gitModuleRef(name)) return undefined;
  const found = findDependency(name, workdir);
  return found && dependencyConfig(found.of, found.dependency, [found.of.root], session);
}

/** Where a dependency is. */
export async function dependencyConfig(
  config: Dependent,
  { name, source, pin }: ModuleConfig["dependencies"][number],
  dependents: readonly string[],
  session: Session,
): Promise<ModuleConfig> {
  const what = `module ${config.name}: dependency ${JSON.stringify(name || source)}`;
  const found = await dependencyAt(config, source, pin, session).catch((error: Error) => {
    throw new ApiError(`${what}: ${error.message}`);
  });
  if (!found) {
    throw new ApiError(`${what} is at ${JSON.stringify(source)}, where no dagger.json is`);
  }
  if (dependents.includes(found.root)) throw new ApiError(`${what} depends on the module itself`);
  return found;
}

async function dependencyAt(
  config: Dependent,
  source: string,
  pin: string,
  session: Session,
): Promise<ModuleConfig | undefined> {
  const folder = resolve(config.root, source);
  if (!existsSync(folder)) {
    return gitModuleRef(source) ? locateModule(source, config.root, session, pin) : undefined;
  }
  if (!`${folder}/`.startsWith(`${config.repository}/`)) {
    throw new ApiError(
      `${JSON.stringify(source)} leaves the repository ${config.repository}: name a git repository instead`,
    );
  }
  const file = join(folder, "dagger.json");
  return existsSync(file) ? readModule(file) : undefined;
}
