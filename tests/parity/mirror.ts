import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The environment in which a registry of this machine is asked first for what is on Docker Hub: so
 * a recorded answer about an image that is not there is the same with no internet at all.
 */
export function askingFirst(registry: string, folder: string): { XDG_CONFIG_HOME: string } {
  mkdirSync(join(folder, "dagger"), { recursive: true });
  const settings = { registries: { "docker.io": { mirrors: [registry] } } };
  writeFileSync(join(folder, "dagger/engine.json"), JSON.stringify(settings));
  return { XDG_CONFIG_HOME: folder };
}
