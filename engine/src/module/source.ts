import { existsSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import { type Digest, digestOfJson } from "../tree/digest.ts";
import { readHostTree } from "../tree/host-tree.ts";
import { nodeAt, partsOf, walk } from "../tree/paths.ts";
import { digestOfNode, type Tree } from "../tree/tree.ts";
import { type ModuleConfig, readModule } from "./dagger-json.ts";
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
export function readSource(
  config: ModuleConfig,
  cache: CacheFolder,
  dependents: readonly string[] = [],
): ModuleSource {
  const below = (path: string) => posix.join(config.source, path);
  const tree = readHostTree(
    config.root,
    {
      include: ["dagger.json", config.source === "." ? "*" : config.source, ...config.include],
      exclude: ["**/node_modules", below("sdk"), ".git"],
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
  const dependencies = config.dependencies.map((dependency) => {
    const found = dependencyConfig(config, dependency, [...dependents, config.root]);
    const own = readSource(found, cache, [...dependents, config.root]);
    return { name: dependency.name || found.name, source: own };
  });
  const digest = digestOfJson([
    format,
    sdkManifest(),
    digestOfNode(tree),
    dependencies.map(({ name, source }) => [name, source.digest]),
  ]);
  return { config, tree, digest, scripts, dependencies };
}

function dependencyConfig(
  config: ModuleConfig,
  { name, source }: { readonly name: string; readonly source: string },
  dependents: readonly string[],
): ModuleConfig {
  const root = resolve(config.root, source);
  const what = `module ${config.name}: dependency ${JSON.stringify(name || source)}`;
  if (!existsSync(join(root, "dagger.json"))) {
    throw new ApiError(
      `${what} is at ${JSON.stringify(source)}, where no dagger.json is: galley loads modules of this machine only; clone it and name its folder`,
    );
  }
  if (dependents.includes(root)) throw new ApiError(`${what} depends on the module itself`);
  return readModule(join(root, "dagger.json"));
}
