import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CacheFolder, publishLayer } from "../cache-folder.ts";
import { mostLayers } from "./overlay.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Views } from "./views.ts";

const run = promisify(execFile);

/** One layer with the contents of all: owners, modes, times, links and attributes kept. */
export async function squash(
  cache: CacheFolder,
  views: Views,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const lower = { layers: snapshot.layers.slice(0, mostLayers) };
  const folder = mkdtempSync(join(cache.tmp, "squash-"));
  await views.with(lower, (path) => run("cp", ["-a", `${path}/.`, folder]));
  const rest = snapshot.layers.slice(mostLayers);
  return { layers: [publishLayer(cache, folder), ...rest] };
}
