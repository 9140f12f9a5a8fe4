#!/usr/bin/env node
// CommonJS: for a module Node starts its loader first, a tenth of the time until the first answer.
const {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} = require("node:fs");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const engine = `${dirname(__dirname)}/`;
const built = `${engine}dist/cli.cjs`;

start();

async function start() {
  if (isStale()) {
    const { buildCli } = await import("../build.mjs");
    await buildCli();
  }
  const args = process.argv.slice(2);
  const { main, keep } = load(args);
  const code = await main(args);
  keep();
  // A pipe takes 64 KiB at once: the rest is still here.
  const flushed = (stream) => new Promise((resolve) => stream.write("", resolve));
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
}

/** Runs the built script; its compiled form is kept beside it, which halves the time to start. */
function load(args) {
  const text = readFileSync(built, "utf8");
  const cache = `${engine}dist/${text.slice(3, 19)}-${process.versions.v8}.cache`;
  const cachedData = readIfThere(cache);
  const script = new Script(`(function (module, exports, require, __filename) {${text}\n})`, {
    filename: built,
    ...(cachedData ? { cachedData } : {}),
  });
  const loaded = { exports: {} };
  script.runInThisContext()(loaded, loaded.exports, createRequire(built), built);
  const keep = () => {
    if (cachedData && !script.cachedDataRejected) return;
    // Only what has run is kept, and these run what most commands need.
    if (!args.some((each) => /^(call|check|functions|query)$/u.test(each))) return;
    try {
      writeFileSync(`${cache}.${process.pid}`, script.createCachedData());
      renameSync(`${cache}.${process.pid}`, cache);
    } catch {
      // Where galley's own folder is read-only it starts as fast as it can.
    }
  };
  return { main: loaded.exports.main, keep };
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // none yet, or a build has just removed it
  }
}

/** In a checkout the sources may be newer than what was built of them. */
function isStale() {
  const made = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return true;
  if (!existsSync(`${engine}src/cli`)) return false;
  const isNewer = (path) => statSync(path).mtimeMs > made;
  // At every start: readdir's own recursion takes four times as long.
  const hasNewer = (folder) =>
    readdirSync(folder, { withFileTypes: true }).some((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? hasNewer(path) : isNewer(path);
    });
  return isNewer(`${engine}build.mjs`) || hasNewer(`${engine}src`);
}
