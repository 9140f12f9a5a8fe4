import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));

/** Bundles the command line into dist/: small pieces, each loaded when a command needs it. */
export async function buildCli() {
  const dist = join(root, "dist");
  const { outputFiles } = await build({
    entryPoints: { cli: join(root, "src/cli/main.ts") },
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // Of packages that come in both forms the one of which unused parts can be left out.
    mainFields: ["module", "main"],
    // Names of functions and classes stay readable in errors; the rest is made small.
    minifySyntax: true,
    minifyWhitespace: true,
    outdir: dist,
    chunkNames: "[name]-[hash]",
    external: ["esbuild", "typescript", "@dagger.io/dagger"],
    banner: {
      js: 'import { createRequire as galleyRequire } from "node:module"; const require = galleyRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  mkdirSync(dist, { recursive: true });
  const isEntry = ({ path }) => basename(path) === "cli.js";
  // Whoever reads cli.js finds every piece that it names.
  for (const file of outputFiles.filter((each) => !isEntry(each))) place(file);
  for (const file of outputFiles.filter(isEntry)) place(file);
  sweep(dist, new Set(outputFiles.map(({ path }) => basename(path))));
}

function place({ path, contents }) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

const hour = 3_600_000; // milliseconds

/** Removes pieces of former builds, except those that a process may still be about to load. */
function sweep(dist, current) {
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    if (!current.has(name) && Date.now() - statSync(path).mtimeMs > hour) rmSync(path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
