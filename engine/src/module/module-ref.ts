import { posix } from "node:path";
import { ApiError } from "../tree/api-error.ts";

/** A module in a git repository, as a reference names it: `github.com/owner/repo/folder@v1.2.0`. */
export interface GitModuleRef {
  /** what git clones; without a protocol it is tried by https, then by ssh */
  readonly url: string;
  /** the module's folder in the repository; empty is its top */
  readonly folder: string;
  /** a tag, a branch or a commit; absent: what the repository stands at */
  readonly version?: string;
}

/** Where a repository ends and a folder in it begins; hosts that are not named here need `.git`. */
const repositories: readonly RegExp[] = [
  /^(?:github\.com|codeberg\.org|bitbucket\.org)\/[\w.-]+\/[\w.-]+/u,
  /^ssh\.dev\.azure\.com\/v\d+\/[^/]+\/[^/]+\/[^/]+/u,
  /^[\w.% -]+(?:\/[^/]+)*\/_git\/[\w.% -]+/u,
  /^[\w.-]+\.[\w.-]+(?::\d+)?\/[\w.~/-]*?\.git(?=\/|$)/u,
];

/** Reads a reference; undefined: it is a folder of this machine. */
export function gitModuleRef(reference: string): GitModuleRef | undefined {
  if (/^[./]/u.test(reference)) return undefined;
  const [, scheme = "", rest = ""] = /^((?:https?|ssh):\/\/)?(.*)$/su.exec(reference) ?? [];
  if (scheme === "" && !reference.includes(".")) return undefined;
  // A version stands behind "@", or "#" as in other addresses of git; a user stands before "@" too.
  const [, user = "", place = "", version] = /^([\w-]+@)?([^@#]*)(?:[@#](.*))?$/su.exec(rest) ?? [];
  const isScp = scheme === "" && user !== "";
  const path = isScp ? place.replace(":", "/") : place;
  const repository = repositories.map((each) => each.exec(path)?.[0]).find(Boolean);
  if (!repository) {
    if (scheme === "" && !isScp) return undefined;
    throw new ApiError(
      `module ${JSON.stringify(reference)}: it cannot be seen where the repository ends: write ".git" behind its name`,
    );
  }
  const folder = posix.normalize(path.slice(repository.length).replace(/^\/+/u, "") || ".");
  if (folder.startsWith("..")) {
    throw new ApiError(
      `git module source subpath points out of root: ${JSON.stringify(folder)} in ${JSON.stringify(reference)}`,
    );
  }
  const at = isScp ? repository.replace("/", ":") : repository;
  return {
    url: `${scheme}${user || (scheme === "ssh://" ? "git@" : "")}${at}`,
    folder: folder === "." ? "" : folder.replace(/\/$/u, ""),
    ...(version ? { version } : {}),
  };
}
