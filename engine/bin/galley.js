#!/usr/bin/env node
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const engine = fileURLToPath(new URL("..", import.meta.url));
const built = join(engine, "dist/cli.js");

if (isStale()) {
  const { buildCli } = await import("../build.mjs");
  await buildCli();
}
const { main } = await import("../dist/cli.js");
process.exit(await main(process.argv.slice(2)));

/** In a checkout the sources may be newer than what was built of them. */
function isStale() {
  const made = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return true;
  if (!existsSync(join(engine, "src/cli"))) return false;
  return newerThan(join(engine, "src"), made) || newerThan(join(engine, "build.mjs"), made);
}

function newerThan(path, time) {
  const stat = statSync(path);
  if (stat.mtimeMs > time) return true;
  return stat.isDirectory() && readdirSync(path).some((name) => newerThan(join(path, name), time));
}
