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
import { type Installation, installationOf, readPackageJson } from "./package-manager.ts";
import type { ModuleSource } from "./source.ts";

const lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional() })).default({}),
});

/** What a module's package.json asks for, and where it is installed already, if it is. */
interface Needs {
  readonly folder: string;
  /** without what galley brings itself */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly installation: Installation;
  readonly complete: string | undefined;
}

/**
 * The node_modules folder with what a module's package.json asks for: the module's own when it is
 * complete, else one in the cache folder, installed once for each lock file. Undefined: it asks
 * for nothing.
 */
export async function installedPackages(
  source: ModuleSource,
  files: string,
  context: Context,
): Promise<string | undefined> {
  const needs = packageNeeds(source, files);
  return needs && (needs.complete ?? (await install(source.config.name, needs, context)));
}

/** Can a module be bundled without installing anything first? */
export function hasItsPackages(source: ModuleSource, files: string): boolean {
  const needs = packageNeeds(source, files);
  return !needs || needs.complete !== undefined;
}

function packageNeeds(source: ModuleSource, files: string): Needs | undefined {
  const { config, scripts } = source;
  const folder = join(files, config.source);
  const given = readPackageJson(folder);
  if (!given) return undefined;
  const isWanted = (name: string) =>
    name !== "@dagger.io/dagger" &&
    // Dagger's template names the compiler; few modules use it themselves.
    (name !== "typescript" || scripts.some((path) => importsCompiler(join(files, path))));
  const dependencies = Object.fromEntries(
    Object.entries(given.dependencies).filter(([name]) => isWanted(name)),
  );
  if (Object.keys(dependencies).length === 0) return undefined;
  const lockFile = join(folder, "package-lock.json");
  const locked = existsSync(lockFile)
    ? lock.parse(JSON.parse(readFileSync(lockFile, "utf8"))).packages
    : {};
  const own = join(config.root, config.source, "node_modules");
  const isComplete = Object.keys(dependencies).every((name) =>
    isInstalled(own, name, locked[`node_modules/${name}`]?.version),
  );
  const installation = installationOf(folder, given);
  return { folder, dependencies, installation, complete: isComplete ? own : undefined };
}

function importsCompiler(script: string): boolean {
  return /["']typescript["']/u.test(readFileSync(script, "utf8"));
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

async function install(name: string, needs: Needs, context: Context): Promise<string> {
  const { cache, events, signal } = context;
  const { command, takesAll, warning, ...installation } = needs.installation;
  const copied = [
    ...(installation.lock ? [installation.lock] : []),
    ...(takesAll ? ["package.json"] : []),
    ...(existsSync(join(needs.folder, ".npmrc")) ? [".npmrc"] : []),
  ];
  const contents = copied.map((file) => [file, readFileSync(join(needs.folder, file), "utf8")]);
  const key = digestOfJson([command, needs.dependencies, contents] as string[][]);
  const folder = join(cache.root, "packages", hexOf(key).slice(0, 32));
  const done = join(folder, ".installed");
  await withLock(cache, key, signal, async () => {
    if (existsSync(done)) return noteUse(folder);
    if (!existsSync(folder) && (await borrowInstalled(cache, folder))) return;
    mkdirSync(folder, { recursive: true });
    const { dependencies } = needs;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies }));
    for (const file of copied) copyFileSync(join(needs.folder, file), join(folder, file));
    // What a package.json may name as the SDK: nothing of it is used.
    mkdirSync(join(folder, "sdk"), { recursive: true });
    writeFileSync(
      join(folder, "sdk/package.json"),
      JSON.stringify({ name: "@dagger.io/dagger", version: "0.0.0" }),
    );
    const said = command.slice(0, command[0] === "npx" ? 4 : 2).join(" ");
    const names = Object.keys(dependencies).join(", ");
    events.notice(`module ${name}: ${said} (${names}), once for its lock file`);
    if (warning) events.notice(`module ${name}: ${warning}`);
    await run(command, said, folder, name, signal);
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

function run(
  [program = "", ...args]: readonly string[],
  said: string,
  cwd: string,
  moduleName: string,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, maxBuffer: 64 << 20 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return reject(
          new ApiError(`module ${moduleName} needs packages, but ${program} is not on the PATH`),
        );
      }
      const lines = (stderr.trim() || stdout.trim()).split("\n").slice(-15).join("\n");
      reject(new ApiError(`module ${moduleName}: ${said} failed in ${cwd}:\n${lines}`));
    });
  });
}
