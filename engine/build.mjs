import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** What all that is built has in common: packages that are used by their own files stay outside. */
const shared = {
  bundle: true,
  write: false,
  platform: "node",
  target: "node20.19",
  // Of packages that come in both forms the one of which unused parts can be left out.
  mainFields: ["module", "main"],
  // graphql-js looks for copies of itself at each step otherwise.
  define: { "process.env.NODE_ENV": '"production"' },
  external: ["esbuild", "typescript", "undici", "@dagger.io/dagger", "@opentelemetry/*"],
  logLevel: "error",
};

/**
 * Bundles the command line into dist/cli.cjs: one script, since V8's compiled form can be kept of
 * scripts only. What is imported when it is needed is evaluated when it is needed, as before.
 */
export async function buildCli() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: [join(root, "src/cli/main.ts")],
    format: "cjs",
    // Names of functions and classes stay readable in errors; the rest is made small.
    minifySyntax: true,
    minifyWhitespace: true,
    // A script whose compiled form was kept cannot import; what is outside of it is required.
    supported: { "dynamic-import": false },
    define: { ...shared.define, "import.meta.url": "galleyUrl" },
    banner: { js: 'const galleyUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  const [{ text }] = outputFiles;
  // The first line names the contents: what V8 keeps of a script is good for that script only.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (name.endsWith(".cache")) rmSync(join(dist, name), { force: true });
  }
  publish("cli.cjs", `// ${digest}\n${text}`);
}

/** Bundles what tests of modules import into dist/testing.js; its types are in dist/types. */
export async function buildTesting() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: [join(root, "src/testing/index.ts")],
    format: "esm",
    keepNames: true,
    // What is bundled is partly CommonJS, which asks for Node's own modules by require.
    banner: {
      js: 'import { createRequire as galleyRequire } from "node:module"; const require = galleyRequire(import.meta.url);',
    },
  });
  publish("testing.js", outputFiles[0].text);
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.types.json")], {
    stdio: "inherit",
  });
}

/** It is there whole, or as it was before. */
function publish(name, text) {
  mkdirSync(dist, { recursive: true });
  const draft = join(dist, `${name}.${process.pid}`);
  writeFileSync(draft, text);
  renameSync(draft, join(dist, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all([buildCli(), buildTesting()]);
}
