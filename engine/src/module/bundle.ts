import { existsSync, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { BuildFailure, Plugin } from "esbuild";
import type { Context } from "../graph/context.ts";
import { ExecError } from "../graph/exec-error.ts";
import { clientCode, type DependencyTypes } from "./dependency-client.ts";
import type { ModuleFolder } from "./kept-module.ts";
import { installedPackages } from "./packages.ts";
import { publishFolder } from "./publish-folder.ts";
import { type SdkKit, sdkKit } from "./sdk/kit.ts";
import type { ModuleSource } from "./source.ts";

/**
 * A module's classes and the packages they use as one file, made once for each state of its
 * source. The SDK stays outside: it is loaded from the kit, as one copy for module and entrypoint.
 */
export async function moduleBundle(
  source: ModuleSource,
  folder: ModuleFolder,
  dependencies: readonly DependencyTypes[],
  context: Context,
): Promise<string> {
  const kit = await sdkKit(context.cache);
  const place = join(folder.path, `bundle-${kit.version}`);
  const bundle = join(place, "module.mjs");
  if (existsSync(bundle)) return bundle;
  const packages = await installedPackages(source, folder.files, context);
  const draft = join(context.cache.tmp, `bundle-${source.digest.slice(-16)}`);
  mkdirSync(draft, { recursive: true });
  const sdk = sdkPlugin(kit, dependencies);
  await build(source, folder, sdk, packages, join(draft, "module.mjs"));
  publishFolder(draft, place);
  return bundle;
}

async function build(
  source: ModuleSource,
  { files }: ModuleFolder,
  sdk: Plugin,
  packages: string | undefined,
  outfile: string,
): Promise<void> {
  const { build } = await import("esbuild");
  const sourceFolder = join(files, source.config.source);
  try {
    await build({
      stdin: {
        contents: source.scripts
          .map((path) => `export * from ${JSON.stringify(join(files, path))};`)
          .join("\n"),
        resolveDir: sourceFolder,
      },
      absWorkingDir: files,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      mainFields: ["module", "main"],
      keepNames: true,
      minifyWhitespace: true,
      sourcemap: "linked",
      sourcesContent: false,
      outfile,
      logLevel: "silent",
      ...(packages ? { nodePaths: [packages] } : {}),
      ...(existsSync(join(sourceFolder, "tsconfig.json"))
        ? {}
        : { tsconfigRaw: { compilerOptions: { experimentalDecorators: true } } }),
      banner: {
        js: 'import { createRequire as galleyRequire } from "node:module"; const require = galleyRequire(import.meta.url);',
      },
      plugins: [sdk],
    });
  } catch (error) {
    throw asFailedCall(error as BuildFailure);
  }
}

/**
 * `@dagger.io/dagger` is the kit's, wherever a tsconfig's paths or packages would lead; a module
 * with dependencies has their classes beside it.
 */
function sdkPlugin(kit: SdkKit, dependencies: readonly DependencyTypes[]): Plugin {
  // From modules/DIGEST/bundle-VERSION: the cache folder may be moved as a whole.
  const path = `../../../${relative(kit.root, kit.sdk)}`;
  const own = "galley:sdk";
  return {
    name: "sdk",
    setup(build) {
      build.onResolve({ filter: /^@dagger\.io\/dagger(\/telemetry)?$/ }, () =>
        dependencies.length === 0
          ? { path, external: true }
          : { path: own, namespace: "galley", sideEffects: true },
      );
      build.onResolve({ filter: /^galley:kit$/ }, () => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: "galley" }, () => ({
        contents: clientCode(dependencies, "galley:kit"),
      }));
    },
  };
}

/** In Dagger's runtime sources are transformed when they are loaded, so it is the call that fails. */
function asFailedCall({ errors, message }: BuildFailure): Error {
  if (!errors) return new Error(message);
  const lines = errors.map(({ text, location }) =>
    location
      ? `${location.file}:${location.line}:${location.column}: ERROR: ${text}`
      : `ERROR: ${text}`,
  );
  const count = `${errors.length} error${errors.length === 1 ? "" : "s"}`;
  return new ExecError("exit code: 1", {
    cmd: ["node"],
    exitCode: 1,
    stdout: "",
    stderr: `Error [TransformError]: Transform failed with ${count}:\n${lines.join("\n")}`,
  });
}
