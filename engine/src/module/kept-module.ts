import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { borrow } from "../borrow.ts";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import { hexOf } from "../tree/digest.ts";
import { copyOut } from "./copy-out.ts";
import { clientDeclarations, type DependencyTypes } from "./dependency-client.ts";
import { refuseForeignTypes } from "./foreign-types.ts";
import { publishFolder } from "./publish-folder.ts";
import { moduleTypes } from "./register.ts";
import { type SdkKit, sdkKit } from "./sdk/kit.ts";
import type { ScanAnswer } from "./sdk/scan-main.ts";
import type { ScanRequest } from "./sdk/scan-request.ts";
import type { ModuleSource } from "./source.ts";
import type { ModuleTypes } from "./type-defs.ts";

/** Where what is known of one state of a module's source is kept. */
export interface ModuleFolder {
  readonly path: string;
  /** a copy of the module's files, laid out as in its repository */
  readonly files: string;
  /** what the SDK's scanner found */
  readonly scan: string;
  /** what the module offers */
  readonly types: string;
}

/** The folder for a module's source, with the copy of its files in it. */
export async function moduleFolder(
  source: ModuleSource,
  cache: CacheFolder,
): Promise<ModuleFolder> {
  const name = join("modules", hexOf(source.digest).slice(0, 32));
  const path = join(cache.root, name);
  const files = join(path, "files");
  // It grows while the module is used, so it cannot be shared.
  if (existsSync(join(cache.lender ?? cache.root, name, "types.json"))) {
    await borrow(cache, name, { asCopy: true });
  }
  if (!existsSync(files)) {
    mkdirSync(path, { recursive: true });
    const draft = join(cache.tmp, randomUUID());
    copyOut(source.tree, draft, cache);
    publishFolder(draft, files);
  }
  noteUse(path);
  return { path, files, scan: join(path, "scan.json"), types: join(path, "types.json") };
}

/** What the module offers, when it has been scanned before. */
export function keptTypes(folder: ModuleFolder): ModuleTypes | undefined {
  if (!existsSync(folder.types)) return undefined;
  return JSON.parse(readFileSync(folder.types, "utf8")) as ModuleTypes;
}

/** Scans a module's source and keeps what it offers. */
export async function scanModule(
  source: ModuleSource,
  folder: ModuleFolder,
  dependencies: readonly DependencyTypes[],
  cache: CacheFolder,
  signal: AbortSignal,
): Promise<ModuleTypes> {
  const { name } = source.config;
  const output = join(cache.tmp, randomUUID());
  const kit = await sdkKit(cache);
  await runScan(kit.scanProgram, signal, name, {
    moduleName: name,
    files: source.scripts.map((path) => join(folder.files, path)),
    output,
    typescript: kit.typescript,
    typescriptCache: kit.typescriptCache,
    sdkTypes: dependencies.length === 0 ? kit.sdkTypes : extendedTypes(kit, folder, dependencies),
  });
  const answer = JSON.parse(readFileSync(output, "utf8")) as ScanAnswer;
  const write = (file: string, data: unknown) => {
    const draft = join(cache.tmp, randomUUID());
    writeFileSync(draft, JSON.stringify(data));
    renameSync(draft, file);
  };
  const types = moduleTypes(name, answer.registration);
  if (types.objects.length === 0) {
    throw new ApiError(
      `module ${name}: no class with @object() was found: export one whose name is the module's`,
    );
  }
  refuseForeignTypes(types, dependencies);
  write(folder.scan, answer.scan);
  write(folder.types, types);
  return types;
}

/** The SDK's types with those of the module's dependencies. */
function extendedTypes(
  kit: SdkKit,
  folder: ModuleFolder,
  dependencies: readonly DependencyTypes[],
): string {
  const types = join(folder.path, "sdk-types");
  mkdirSync(types, { recursive: true });
  const index = join(types, "index.ts");
  const sdk = dirname(kit.sdkTypes);
  const own = clientDeclarations(dependencies, join(sdk, "client.gen"));
  // The scanner takes files of this name for the client's.
  writeFileSync(join(types, "dependencies.client.gen.ts"), own);
  writeFileSync(
    index,
    `export * from ${JSON.stringify(join(sdk, "index"))};\nexport * from "./dependencies.client.gen";\n`,
  );
  return index;
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
