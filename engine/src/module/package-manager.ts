import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { ApiError } from "../tree/api-error.ts";

/** What a module's package.json asks for, as far as installing it needs to know. */
export type PackageJson = z.infer<typeof packageJson>;

const packageJson = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  packageManager: z.string().optional(),
  dagger: z.looseObject({ runtime: z.string().optional() }).optional(),
});

/** Reads the package.json of a folder; undefined where there is none. */
export function readPackageJson(folder: string): PackageJson | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  const parsed = packageJson.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError(`${file}: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** How the packages of a module are installed. */
export interface Installation {
  /** the program and its arguments */
  readonly command: readonly string[];
  /** which versions it takes; absent: the newest that package.json allows */
  readonly lock?: string;
  /** it holds package.json against the lock file, so that has to stay as it is */
  readonly takesAll: boolean;
  /** what is not as Dagger's own runtime does it */
  readonly warning?: string;
}

/** The lock file decides, as in Dagger's runtime. Packages' own scripts are never run. */
export function installationOf(folder: string, { packageManager }: PackageJson): Installation {
  const has = (name: string) => existsSync(join(folder, name));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
  const npmInstall = ["npm", "install", "--omit=dev", ...quiet];
  if (has("package-lock.json")) {
    const command = ["npm", "ci", "--omit=dev", ...quiet];
    return { command, lock: "package-lock.json", takesAll: true };
  }
  if (has("pnpm-lock.yaml")) {
    const version = /^pnpm@(\d+\.\d+\.\d+)/u.exec(packageManager ?? "")?.[1] ?? "8.15.4";
    const options = ["--prod", "--frozen-lockfile", "--ignore-scripts"];
    const command = ["npx", "--yes", `pnpm@${version}`, "install", ...options];
    return { command, lock: "pnpm-lock.yaml", takesAll: true };
  }
  // npm reads the lock file of Yarn's first generation, and takes the versions in it.
  if (has("yarn.lock") && !/^yarn@[2-9]/u.test(packageManager ?? "")) {
    return { command: npmInstall, lock: "yarn.lock", takesAll: false };
  }
  const unread = ["yarn.lock", "bun.lock", "bun.lockb"].find(has);
  return {
    command: npmInstall,
    takesAll: false,
    ...(unread
      ? { warning: `${unread} is not read: its packages are the newest that package.json allows` }
      : {}),
  };
}
