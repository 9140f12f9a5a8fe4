#!/usr/bin/env node
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const engine = fileURLToPath(new URL("..", import.meta.url));
const built = `${engine}dist/cli.js`;

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
  if (!existsSync(`${engine}src/cli`)) return false;
  const sources = readdirSync(`${engine}src`, { recursive: true }).map((name) => `src/${name}`);
  return [...sources, "build.mjs"].some((name) => statSync(engine + name).mtimeMs > made);
}
