import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The SDK's compiled sources, as npm installed them. */
export function sdkFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("@dagger.io/dagger"));
}

/** What npm says of the installed SDK, its version above all. */
export function sdkManifest(): string {
  return readFileSync(join(sdkFolder(), "../../package.json"), "utf8");
}
