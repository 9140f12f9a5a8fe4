import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../runner/cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import { hexOf } from "../tree/digest.ts";
import { copyOut } from "./copy-out.ts";
import { moduleTypes } from "./register.ts";
import { sdkKit } from "./sdk/kit.ts";
import type { ScanAnswer } from "./sdk/scan-main.ts";
import type { ScanRequest } from "./sdk/scan-request.ts";
import type { ModuleSource } from "./source.ts";
import type { ModuleTypes } from "./type-defs.ts";

/** Where what is known of one state of a module's source is kept. */
export interface KeptModule {
  readonly folder: string;
  /** a copy of the module's files, laid out as in its repository */
  readonly files: string;
  /** what the SDK's scanner found */
  readonly scan: string;
  readonly types: ModuleTypes;
}

/** What the module offers: from the cache folder, or by scanning its source once. */
export async function keptModule(
  source: ModuleSource,
  cache: CacheFolder,
  signal: AbortSignal,
): Promise<KeptModule> {
  const folder = join(cache.root, "modules", hexOf(source.digest).slice(0, 32));
  const types = join(folder, "types.json");
  if (!existsSync(types)) await scan(source, folder, cache, signal);
  return {
    folder,
    files: join(folder, "files"),
    scan: join(folder, "scan.json"),
    types: JSON.parse(readFileSync(types, "utf8")) as ModuleTypes,
  };
}

async function scan(
  source: ModuleSource,
  folder: string,
  cache: CacheFolder,
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const files = join(folder, "files");
  if (!existsSync(files)) {
    const draft = join(cache.tmp, randomUUID());
    copyOut(source.tree, draft, cache);
    place(draft, files);
  }
  const { name } = source.config;
  const output = join(cache.tmp, randomUUID());
  const kit = await sdkKit(cache);
  await runScan(kit.scanProgram, signal, name, {
    moduleName: name,
    files: source.scripts.map((path) => join(files, path)),
    output,
    typescript: kit.typescript,
    typescriptCache: kit.typescriptCache,
    sdkTypes: kit.sdkTypes,
  });
  const answer = JSON.parse(readFileSync(output, "utf8")) as ScanAnswer;
  const write = (file: string, data: unknown) => {
    const draft = join(cache.tmp, randomUUID());
    writeFileSync(draft, JSON.stringify(data));
    renameSync(draft, join(folder, file));
  };
  const types = moduleTypes(name, answer.registration);
  if (types.objects.length === 0) {
    throw new ApiError(
      `module ${name}: no class with @object() was found: export one whose name is the module's`,
    );
  }
  write("scan.json", answer.scan);
  write("types.json", types);
}

/** Scans in a process of its own: the compiler's memory goes with it. */
function runScan(
  program: string,
  signal: AbortSignal,
  moduleName: string,
  request: ScanRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(request)], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      signal,
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      const said = /^\w*Error: .*$/mu.exec(stderr)?.[0] ?? stderr.trim();
      reject(new ApiError(`module ${moduleName} cannot be loaded: ${said}`));
    });
  });
}

function place(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another process was quicker, with the same files.
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
