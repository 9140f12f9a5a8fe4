import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import * as z from "zod";
import { ApiError } from "../tree/api-error.ts";

/** A module as its dagger.json describes it, with its place on this machine. */
export interface ModuleConfig {
  readonly name: string;
  /** the folder that holds dagger.json */
  readonly root: string;
  /** the folder of package.json and src/, relative to `root`; "." when it is the same */
  readonly source: string;
  /** patterns of further files that belong to the module, relative to `root` */
  readonly include: readonly string[];
  /** what absolute default paths start from: the git repository around the module, or `root` */
  readonly repository: string;
  readonly dependencies: readonly { readonly name: string; readonly source: string }[];
}

const daggerJson = z.object({
  name: z.string().min(1),
  sdk: z.union([z.string(), z.object({ source: z.string() })]).optional(),
  source: z.string().default("."),
  include: z.array(z.string()).default([]),
  dependencies: z.array(z.object({ name: z.string().default(""), source: z.string() })).default([]),
});

/** Finds dagger.json in the folder `ref` (relative to `workdir`) or in one above it. */
export function findModule(ref: string, workdir: string): ModuleConfig | undefined {
  const start = resolve(workdir, ref);
  const stat = statSync(start, { throwIfNoEntry: false });
  if (!stat) throw new ApiError(`local path ${JSON.stringify(ref)} does not exist`);
  let folder = stat.isDirectory() ? start : dirname(start);
  for (;;) {
    const file = join(folder, "dagger.json");
    if (existsSync(file)) return readModule(file);
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Reads a dagger.json. */
export function readModule(file: string): ModuleConfig {
  const root = dirname(file);
  const config = parse(file);
  const sdk = typeof config.sdk === "string" ? config.sdk : config.sdk?.source;
  if (sdk !== "typescript") {
    throw new ApiError(
      `${file}: sdk is ${JSON.stringify(sdk ?? null)}: galley runs modules of the "typescript" SDK only`,
    );
  }
  const source = normalize(config.source).replace(/\/$/u, "");
  if (relative(root, resolve(root, source)).startsWith("..")) {
    throw new ApiError(`${file}: source ${JSON.stringify(config.source)} leaves the module`);
  }
  return {
    name: config.name,
    root,
    source,
    include: config.include,
    repository: repositoryOf(root) ?? root,
    dependencies: config.dependencies,
  };
}

function parse(file: string): z.infer<typeof daggerJson> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ApiError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const parsed = daggerJson.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiError(`${file}: ${issue?.path.join(".") || "top level"}: ${issue?.message}`);
}

function repositoryOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return undefined;
  }
}
