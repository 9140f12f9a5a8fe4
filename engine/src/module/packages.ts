import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as z from "zod";
import { borrow } from "../borrow.ts";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import type { Context } from "../graph/context.ts";
import { withLock } from "../runner/process-lock.ts";
import { ApiError } from "../tree/api-error.ts";
import { digestOfJson, hexOf } from "../tree/digest.ts";
import type { ModuleConfig } from "./dagger-json.ts";

/** What galley brings itself, whatever version a module asks for. */
const brought = new Set(["@dagger.io/dagger", "typescript"]);

const packageJson = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });
const lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional() })).default({}),
});

/**
 * The node_modules folder with what a module's package.json asks for: the module's own when it is
 * complete, else one in the cache folder, installed once for each lock file. Undefined: it asks
 * for nothing.
 */
export async function installedPackages(
  config: ModuleConfig,
  files: string,
  context: Context,
): Promise<string | undefined> {
  const needs = packageNeeds(config, files);
  return needs && (needs.complete ?? (await install(config, needs.source, needs.wanted, context)));
}

/** Can a module be bundled without installing anything first? */
export function hasItsPackages(config: ModuleConfig, files: string): boolean {
  const needs = packageNeeds(config, files);
  return !needs || needs.complete !== undefined;
}

function packageNeeds(
  config: ModuleConfig,
  files: string,
): { source: string; wanted: readonly string[]; complete: string | undefined } | undefined {
  const source = join(files, config.source);
  const manifest = join(source, "package.json");
  if (!existsSync(manifest)) return undefined;
  const { dependencies } = packageJson.parse(JSON.parse(readFileSync(manifest, "utf8")));
  const wanted = Object.keys(dependencies).filter((name) => !brought.has(name));
  if (wanted.length === 0) return undefined;
  const lockFile = join(source, "package-lock.json");
  const locked = existsSync(lockFile)
    ? lock.parse(JSON.parse(readFileSync(lockFile, "utf8"))).packages
    : {};
  const own = join(config.root, config.source, "node_modules");
  const isComplete = wanted.every((name) =>
    isInstalled(own, name, locked[`node_modules/${name}`]?.version),
  );
  return { source, wanted, complete: isComplete ? own : undefined };
}

function isInstalled(folder: string, name: string, version: string | undefined): boolean {
  const manifest = join(folder, name, "package.json");
  if (!existsSync(manifest)) return false;
  if (version === undefined) return true;
  const read = z
    .object({ version: z.string() })
    .safeParse(JSON.parse(readFileSync(manifest, "utf8")));
  return read.success && read.data.version === version;
}

async function install(
  config: ModuleConfig,
  source: string,
  wanted: readonly string[],
  context: Context,
): Promise<string> {
  const { cache, events, signal } = context;
  const given = ["package.json", "package-lock.json", ".npmrc"].filter((name) =>
    existsSync(join(source, name)),
  );
  const key = digestOfJson(given.map((name) => [name, readFileSync(join(source, name), "utf8")]));
  const folder = join(cache.root, "packages", hexOf(key).slice(0, 32));
  const done = join(folder, ".installed");
  await withLock(cache, key, signal, async () => {
    if (existsSync(done)) return noteUse(folder);
    if (!existsSync(folder) && (await borrowInstalled(cache, folder))) return;
    mkdirSync(folder, { recursive: true });
    for (const name of given) copyFileSync(join(source, name), join(folder, name));
    const command = given.includes("package-lock.json") ? "ci" : "install";
    const args = [command, "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"];
    events.notice(
      `module ${config.name}: npm ${command} (${wanted.join(", ")}), once for its lock file`,
    );
    await npm(args, folder, config.name, signal);
    writeFileSync(done, "");
  });
  return join(folder, "node_modules");
}

/** What another cache folder has of it, if that is complete. */
async function borrowInstalled(cache: CacheFolder, folder: string): Promise<boolean> {
  const name = relative(cache.root, folder);
  if (!existsSync(join(cache.lender ?? cache.root, name, ".installed"))) return false;
  return borrow(cache, name);
}

function npm(args: string[], cwd: string, moduleName: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, maxBuffer: 64 << 20 };
    execFile("npm", args, options, (error, stdout, stderr) => {
      if (!error) return resolve();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return reject(
          new ApiError(`module ${moduleName} needs packages, but npm is not on the PATH`),
        );
      }
      const said = (stderr.trim() || stdout.trim()).split("\n").slice(-15).join("\n");
      reject(new ApiError(`module ${moduleName}: npm ${args[0]} failed in ${cwd}:\n${said}`));
    });
  });
}
