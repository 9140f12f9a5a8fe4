import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";
import { borrow } from "../../borrow.ts";
import { type CacheFolder, noteUse } from "../../cache-folder.ts";
import { digestOfJson, hexOf } from "../../tree/digest.ts";
import { publishFolder } from "../publish-folder.ts";
import { sdkFolder, sdkManifest } from "./sdk-package.ts";

/** The programs by which a module is scanned and its functions run, made of the SDK from npm. */
export interface SdkKit {
  /** of the cache folder that it lies in */
  readonly root: string;
  /** scans a module: see scan-main.ts */
  readonly scanProgram: string;
  /** runs one function: see call-main.ts */
  readonly callProgram: string;
  /** what a module's `@dagger.io/dagger` is */
  readonly sdk: string;
  readonly sdkTypes: string;
  readonly typescript: string;
  readonly typescriptCache: string;
  /** tells what was built for this kit from what was built for another one */
  readonly version: string;
}

const kits = new Map<string, Promise<SdkKit>>();

/** The kit for this version of galley and of the SDK; built once, then kept. */
export function sdkKit(cache: CacheFolder): Promise<SdkKit> {
  const kit = kits.get(cache.root) ?? prepare(cache);
  kits.set(cache.root, kit);
  return kit;
}

const require = createRequire(import.meta.url);

async function prepare(cache: CacheFolder): Promise<SdkKit> {
  const sdkSource = sdkFolder();
  const ours = sourceFolder();
  const version = digestOfJson([
    process.versions.node,
    sdkManifest(),
    ...[
      "kit",
      "recorder",
      "lean-typescript",
      "scan-request",
      "scan-main",
      "kept-scan",
      "call-main",
      "late-certificates",
    ].map((name) => readFileSync(join(ours, `${name}.ts`), "utf8")),
  ]);
  const name = hexOf(version).slice(0, 16);
  const folder = join(cache.root, "sdk", name);
  if (!(await borrow(cache, `sdk/${name}`))) {
    const draft = join(cache.tmp, randomUUID());
    mkdirSync(draft);
    await build(draft, sdkSource, ours);
    copyTypes(join(draft, "types"), sdkSource);
    publishFolder(draft, folder);
  }
  noteUse(folder);
  return {
    root: cache.root,
    scanProgram: join(folder, "scan.mjs"),
    callProgram: join(folder, "call.mjs"),
    sdk: join(folder, "sdk.mjs"),
    sdkTypes: join(folder, "types", "index.ts"),
    typescript: require.resolve("typescript"),
    typescriptCache: join(folder, "typescript.cache"),
    version: name,
  };
}

async function build(folder: string, sdkSource: string, ours: string): Promise<void> {
  const { build } = await import("esbuild");
  const shared: BuildOptions = {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    keepNames: true,
    minifyWhitespace: true,
    logLevel: "silent",
    outExtension: { ".js": ".mjs" },
    // What the SDK depends on is partly CommonJS, which asks for Node's own modules by require.
    banner: {
      js: 'import { createRequire as galleyRequire } from "node:module"; const require = galleyRequire(import.meta.url);',
    },
  };
  const entry = (text: string) => ({ contents: text, resolveDir: ours, loader: "ts" as const });
  await Promise.all([
    build({
      ...shared,
      stdin: entry(`
        import { scan } from "${sdkSource}/module/introspector/index.js";
        import { Register } from "${sdkSource}/module/entrypoint/register.js";
        import * as shapes from "${sdkSource}/module/introspector/dagger_module/index.js";
        import { main } from "./scan-main.ts";
        await main(scan, Register, shapes);`),
      outfile: join(folder, "scan.mjs"),
      plugins: [
        replace([
          [/client\.gen\.js$/, join(ours, "recorder.ts")],
          [/^typescript$/, join(ours, "lean-typescript.ts")],
        ]),
      ],
    }),
    build({
      ...shared,
      splitting: true,
      entryPoints: { sdk: "galley:sdk", call: "galley:call" },
      outdir: folder,
      plugins: [
        virtual({
          "galley:sdk": entry(`
            ${libraryOfModules(sdkSource)}`),
          "galley:call": entry(`
            import { entrypoint } from "${sdkSource}/index.js";
            import { main } from "./call-main.ts";
            await main(entrypoint);`),
          "galley:scan": entry(`
            import * as shapes from "${sdkSource}/module/introspector/dagger_module/index.js";
            import { revive } from "./kept-scan.ts";
            export const scan = async () => revive(globalThis.galleyScan, shapes);`),
          "galley:typescript-module": entry(`
            export class AST {}
            export const CLIENT_GEN_FILE = "client.gen.ts";
            export const isTypeDefResolved = () => true;
            export const resolveTypeDef = (type) => type;`),
          "galley:left-out": entry(`
            export default {};
            export class BatchSpanProcessor {}
            export class NodeSDK {}
            export class OTLPTraceExporter {}`),
        }),
        replace([
          [/introspector\/index\.js$/, "galley:scan"],
          [/typescript_module\/index\.js$/, "galley:typescript-module"],
          // Traces are sent only where OTEL_ variables ask for it, and a function has none.
          [/^@opentelemetry\/(exporter-.*|sdk-node|sdk-trace-base)$/, "galley:left-out"],
          [/^typescript$/, "galley:left-out"],
        ]),
      ],
    }),
  ]);
}

/**
 * What Dagger gives to modules as `@dagger.io/dagger`: less than the package on npm. Errors have no
 * class there, and a module that asks for one does not start. Nor has the client a host: a function
 * gets what it needs of its caller's machine as arguments.
 */
function libraryOfModules(sdkSource: string): string {
  return `
    import { dag } from "${sdkSource}/api/client.gen.js";
    delete dag.host;
    export {
      connection, connect, Context, func, check, generate, argument, object, field, enumType,
      entrypoint,
    } from "${sdkSource}/index.js";
    export * from "${sdkSource}/api/client.gen.js";
    export { getTracer } from "${sdkSource}/telemetry/index.js";`;
}

/** Resolves what matches to another file, or to a virtual one. */
function replace(table: readonly (readonly [RegExp, string])[]): Plugin {
  return {
    name: "replace",
    setup(build) {
      for (const [filter, path] of table) {
        const namespace = path.startsWith("galley:") ? "galley" : "file";
        build.onResolve({ filter }, ({ kind }) =>
          kind === "entry-point" ? undefined : { path, namespace },
        );
      }
    },
  };
}

function virtual(
  files: Record<string, { contents: string; resolveDir: string; loader: "ts" }>,
): Plugin {
  return {
    name: "virtual",
    setup(build) {
      build.onResolve({ filter: /^galley:/ }, ({ path }) => ({ path, namespace: "galley" }));
      build.onLoad({ filter: /.*/, namespace: "galley" }, ({ path }) => files[path]);
    },
  };
}

/**
 * Types of the published client that the API of this version does not have yet: a module may use
 * the name for a type of its own, and the scanner would take the client's.
 */
const newerThanTheApi = /\bclass (Volume) extends\b/gu;

/** The scanner knows the API's own types by a file named client.gen.ts. */
function copyTypes(folder: string, sdkSource: string): void {
  mkdirSync(folder);
  const client = readFileSync(join(sdkSource, "api/client.gen.d.ts"), "utf8");
  writeFileSync(
    join(folder, "client.gen.ts"),
    client.replace(newerThanTheApi, "class Newer$1 extends"),
  );
  for (const name of ["decorators", "registry"]) {
    copyFileSync(join(sdkSource, `module/${name}.d.ts`), join(folder, `${name}.d.ts`));
  }
  writeFileSync(
    join(folder, "index.ts"),
    'export * from "./client.gen";\nexport * from "./decorators";\n',
  );
}

/** This folder's sources: they are here too when galley itself runs as one bundled file. */
function sourceFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, "src/module/sdk");
    if (existsSync(folder)) return folder;
    if (dirname(at) === at) throw new Error("galley's own sources are missing: reinstall it");
  }
}
