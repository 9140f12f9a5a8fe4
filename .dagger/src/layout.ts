/** What a repository's layout says, where kitchen.yaml does not. */
import type { Component } from "./config/components.ts";

/**
 * Every folder with a pyproject.toml; not one inside another's, which are samples of its tests, and
 * not the root when there are others: that one holds what they share.
 */
export function detectComponents(paths: readonly string[]): Component[] {
  const folders = paths.filter((path) => basename(path) === "pyproject.toml").map(folderOf);
  const outer = folders.filter((path) =>
    path === "." ? folders.length === 1 : !folders.some((other) => path.startsWith(`${other}/`)),
  );
  const named = outer.map((path) => ({ name: basename(path), path }));
  const unique = new Set(named.map(({ name }) => name)).size === named.length;
  return named.map(({ name, path }) => ({
    name: unique ? name : path,
    path,
    coverage: undefined,
    // Only a service that says how is worth an image when nobody has asked for one.
    image: {
      build: paths.includes(path === "." ? "Dockerfile" : `${path}/Dockerfile`),
      maxSize: undefined,
    },
  }));
}

/** For each top folder with Terraform, the deepest folder that holds all of it: `infra`. */
export function detectTerraform(paths: readonly string[]): string[] {
  const shared = new Map<string, string[]>();
  for (const path of paths.filter((each) => each.endsWith(".tf"))) {
    const parts = folderOf(path).split("/");
    const top = parts[0] as string;
    const other = shared.get(top) ?? parts;
    const differs = parts.findIndex((part, index) => part !== other[index]);
    shared.set(top, differs < 0 ? parts : parts.slice(0, differs));
  }
  return shared.has(".") ? ["."] : [...shared.values()].map((parts) => parts.join("/"));
}

/** Every folder `environments/NAME` with Terraform in it is an environment of that name. */
export function detectEnvironments(paths: readonly string[]): { name: string; path: string }[] {
  const folders = new Set(paths.filter((path) => path.endsWith(".tf")).map(folderOf));
  return [...folders]
    .filter((path) => /(?:^|\/)environments\/[a-z][a-z0-9-]*$/.test(path))
    .map((path) => ({ name: basename(path), path }));
}

/** Names of Dockerfiles, as patterns. */
export const dockerfileNames = ["Dockerfile", "Dockerfile.*", "*.Dockerfile"] as const;

export function detectDockerfiles(paths: readonly string[]): string[] {
  const name = /^(?:Dockerfile(?:\..+)?|.+\.Dockerfile)$/s;
  return [...new Set(paths.filter((path) => name.test(basename(path))).map(folderOf))];
}

function basename(path: string): string {
  return path.split("/").at(-1) as string;
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/") || ".";
}

/** A path without `./`, doubled slashes or one at its end. */
export function cleanPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.join("/") || ".";
}
