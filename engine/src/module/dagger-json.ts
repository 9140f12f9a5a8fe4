import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import * as z from "zod";
import { apiVersion } from "../schema/query.ts";
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
  /** patterns of files that do not, in the older of two notations: `!pattern` among `include` */
  readonly exclude: readonly string[];
  /** what absolute default paths start from: the git repository around the module, or `root` */
  readonly repository: string;
  readonly dependencies: readonly Dependency[];
  /** answers of functions that say nothing else are kept; otherwise they hold for a session */
  readonly keepsAnswers: boolean;
  readonly engineVersion: string;
  /** where it was checked out from */
  readonly git?: { readonly url: string; readonly commit: string; readonly version: string };
}

interface Dependency {
  /** empty: the module's own name */
  readonly name: string;
  /** a folder, relative to `root`, or a reference to a git repository */
  readonly source: string;
  /** the commit of a git repository; empty: what `source` names now */
  readonly pin: string;
}

const daggerJson = z.object({
  name: z.string().min(1),
  sdk: z.union([z.string(), z.object({ source: z.string() })]).optional(),
  engineVersion: z.string().default(""),
  source: z.string().default("."),
  include: z.array(z.string()).default([]),
  exclude: z.array(z.string()).default([]),
  dependencies: z
    .array(
      z.object({
        name: z.string().default(""),
        source: z.string(),
        pin: z.string().default(""),
      }),
    )
    .nullish(),
  disableDefaultFunctionCaching: z.boolean().optional(),
  blueprint: z.unknown().optional(),
  toolchains: z.array(z.unknown()).nullish(),
});

/** Finds dagger.json in the folder `ref` (relative to `workdir`) or in one above it. */
export function findModule(ref: string, workdir: string): ModuleConfig | undefined {
  const start = resolve(workdir, ref);
  const stat = statSync(start, { throwIfNoEntry: false });
  if (!stat) throw new ApiError(`local path ${JSON.stringify(ref)} does not exist`);
  const file = fileAbove(stat.isDirectory() ? start : dirname(start));
  return file === undefined ? undefined : readModule(file);
}

/** Where a module is, and what it is called: all that its dependencies need of it. */
export type Dependent = Pick<ModuleConfig, "name" | "root" | "repository">;

/** The dependency that the dagger.json here, or above, has by a name; nothing of that module is run. */
export function findDependency(
  name: string,
  workdir: string,
): { readonly of: Dependent; readonly dependency: Dependency } | undefined {
  const file = fileAbove(workdir);
  if (file === undefined) return undefined;
  const config = parse(file);
  const dependency = config.dependencies?.find((each) => each.name === name);
  const root = dirname(file);
  const of = { name: config.name, root, repository: repositoryOf(root) ?? root };
  return dependency && { of, dependency };
}

function fileAbove(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, "dagger.json");
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Reads a dagger.json. */
export function readModule(file: string): ModuleConfig {
  const root = dirname(file);
  const config = parse(file);
  refuseNewer(file, config.engineVersion);
  for (const key of ["blueprint", "toolchains"] as const) {
    const given = config[key];
    if (given === undefined || given === null || (Array.isArray(given) && given.length === 0))
      continue;
    throw new ApiError(
      `${file}: ${key}: galley does not have this: call the module that it names with -m, or make it one of "dependencies"`,
    );
  }
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
    exclude: config.exclude,
    repository: repositoryOf(root) ?? root,
    dependencies: config.dependencies ?? [],
    engineVersion: config.engineVersion,
    keepsAnswers: !(
      config.disableDefaultFunctionCaching ?? isOlder(config.engineVersion, firstThatKeeps)
    ),
  };
}

/** Modules that say they are of an older engine are called once a session, as they were there. */
const firstThatKeeps = "v0.19.4";

function refuseNewer(file: string, version: string): void {
  if (version === "latest" || !isOlder(apiVersion, version)) return;
  throw new ApiError(
    `${file}: module requires dagger ${version}, but this is the API of ${apiVersion}`,
  );
}

/** Compares `v1.2.3` with another; a suffix as in `v1.0.0-beta.1` says nothing. No version is old. */
function isOlder(version: string, than: string): boolean {
  if (version === "latest") return false;
  const [one, other] = [version, than].map((each) =>
    /^v?(\d+)\.(\d+)\.(\d+)/u.exec(each)?.slice(1).map(Number),
  );
  if (!other) return false;
  if (!one) return true;
  const index = one.findIndex((part, at) => part !== other[at]);
  return index >= 0 && (one[index] as number) < (other[index] as number);
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
