import type { Config } from "../config.ts";
import type { Target } from "./tool.ts";

/** What changed in a repository since a commit. */
export interface Changed {
  /** the commit, as people know it: `main (1a2b3c4d5e6f)` */
  readonly since: string;
  /** relative to the repository; those of folders end with a slash, and stand for all below them */
  readonly paths: readonly string[];
  /** what the repository consisted of then; undefined when that cannot be read */
  readonly before: Config | undefined;
}

/** Why everything has to be looked at: something changed that may matter to all of it. */
export function reasonForAll({ paths, before }: Changed, now: Config): string | undefined {
  if (!before) return "its kitchen.yaml of then cannot be read";
  const general = ({ baseline, timeouts }: Config) => JSON.stringify({ baseline, timeouts });
  if (general(before) !== general(now)) return "settings of the stages changed";
  const shared = paths.filter((path) => isShared(path, now.baseline));
  const named = shared.find((path) => !path.endsWith("/")) ?? shared[0];
  return named && `${named} changed`;
}

/**
 * Whether a tool would be given exactly the files of a target that it was given then. A target has
 * files of its folder only, and settings from the repository's root, which are shared. What looks at
 * the whole repository, or at the world outside, is never unaffected.
 */
export function isUnaffected(target: Target, { paths, before }: Changed): boolean {
  if (target.path === "." || target.daily || !before) return false;
  return wasThere(target, before) && !paths.some((path) => path.startsWith(`${target.path}/`));
}

/** Files that say how components are checked, and by which version of Kitchen. */
function isShared(path: string, baseline: string | undefined): boolean {
  return path === baseline || shared.some((pattern) => pattern.test(path));
}

const shared = [
  /^\.dagger\//u,
  /^\.github\/(?:$|workflows\/|actions\/)/u,
  /(?:^|\/)dagger\.json$/u,
  // Whatever lies at the root, prose apart: kitchen.yaml, locks, settings of tools.
  /^(?!LICENSE|NOTICE)[^/]+(?<!\.md|\.rst)$/u,
];

/** A part that was another one then, or had other settings, is news whatever its files say. */
function wasThere({ component, path }: Target, before: Config): boolean {
  if (!component) return before.terraform.includes(path) || before.dockerfiles.includes(path);
  const then = before.components.find(({ name }) => name === component.name);
  return JSON.stringify(then) === JSON.stringify(component);
}
