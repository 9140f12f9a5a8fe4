import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles the command line into dist/cli.cjs: one script, since V8's compiled form can be kept of
 * scripts only. What is imported when it is needed is evaluated when it is needed, as before.
 */
export async function buildCli() {
  const dist = join(root, "dist");
  const { outputFiles } = await build({
    entryPoints: [join(root, "src/cli/main.ts")],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20.19",
    // Of packages that come in both forms the one of which unused parts can be left out.
    mainFields: ["module", "main"],
    // Names of functions and classes stay readable in errors; the rest is made small.
    minifySyntax: true,
    minifyWhitespace: true,
    external: ["esbuild", "typescript", "undici", "@dagger.io/dagger", "@opentelemetry/*"],
    // A script whose compiled form was kept cannot import; what is outside of it is required.
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "galleyUrl" },
    banner: { js: 'const galleyUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "error",
  });
  const [{ text }] = outputFiles;
  // The first line names the contents: what V8 keeps of a script is good for that script only.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (name.endsWith(".cache")) rmSync(join(dist, name), { force: true });
  }
  const draft = join(dist, `cli.${process.pid}`);
  writeFileSync(draft, `// ${digest}\n${text}`);
  renameSync(draft, join(dist, "cli.cjs"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
