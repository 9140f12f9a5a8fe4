import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { GitError } from "../graph/git/command.ts";
import type { Session } from "../schema/define.ts";
import { solveDirectory } from "../schema/directory-tree.ts";
import { repositoryAt } from "../schema/git.ts";
import { treeOf } from "../schema/git-ref.ts";
import { lookUp } from "../schema/git-repository.ts";
import { gitUrls } from "../schema/git-url.ts";
import type { GitRef, GitRepository } from "../schema/values.ts";
import { ApiError } from "../tree/api-error.ts";
import { hexOf } from "../tree/digest.ts";
import { digestOfNode, type Tree } from "../tree/tree.ts";
import { copyOut } from "./copy-out.ts";
import { findModule, type ModuleConfig } from "./dagger-json.ts";
import { type GitModuleRef, gitModuleRef } from "./module-ref.ts";
import { publishFolder } from "./publish-folder.ts";

/**
 * The module that a reference leads to: in or above a folder of this machine, relative to `from`,
 * or in a git repository. `pin` is the commit that dagger.json names beside a reference.
 */
export async function locateModule(
  reference: string,
  from: string,
  session: Session,
  pin = "",
): Promise<ModuleConfig | undefined> {
  const ref = existsSync(resolve(from, reference)) ? undefined : gitModuleRef(reference);
  if (!ref) return findModule(reference, from);
  const what = `module ${JSON.stringify(reference)}`;
  const { sha, tree } = await checkedOut(ref, pin, session).catch((error: Error) => {
    const said = error instanceof GitError ? error.stderr.trim().split("\n").at(-1) : "";
    throw new ApiError(`${what}: ${error.message}${said && ` (${said})`}`);
  });
  const { cache, events } = session.context;
  const folder = laidOut(tree, cache);
  const isThere = existsSync(join(folder, ref.folder));
  const config = isThere ? findModule(ref.folder || ".", folder) : undefined;
  if (!config || config.repository !== folder) {
    throw new ApiError(`${what}: there is no module${ref.folder && ` in ${ref.folder}`} at ${sha}`);
  }
  events.notice(
    `module ${config.name} is ${ref.url} at ${sha}: galley runs it as a program of this machine, with your rights`,
  );
  return { ...config, git: { url: ref.url, commit: sha, version: ref.version ?? "" } };
}

/** A folder of this machine with a module's files, where they are not on it already. */
export function laidOut(tree: Tree, cache: CacheFolder): string {
  const folder = join(cache.root, "checkouts", hexOf(digestOfNode(tree)).slice(0, 32));
  if (!existsSync(folder)) {
    const draft = join(cache.tmp, crypto.randomUUID());
    copyOut(tree, draft, cache);
    publishFolder(draft, folder);
  }
  noteUse(folder);
  return folder;
}

async function checkedOut(
  ref: GitModuleRef,
  pin: string,
  session: Session,
): Promise<{ sha: string; tree: Tree }> {
  const commit = [pin, ref.version ?? ""].find((each) => /^[0-9a-f]{40}$/u.test(each));
  // A commit is known by itself: who has it already asks nobody.
  if (commit) return { sha: commit, tree: await treeOfCommit(ref.url, commit, session) };
  const repository = await repositoryAt({ url: ref.url, keepGitDir: true }, session);
  const found = refOf(repository, ref, pin);
  return {
    sha: found.ref.sha,
    tree: await solveDirectory(await treeOf(found, {}, session), session),
  };
}

/** The first of the addresses that lets us in; a commit of another repository is not found there. */
async function treeOfCommit(url: string, sha: string, session: Session): Promise<Tree> {
  const urls = gitUrls(url);
  for (const [index, each] of urls.entries()) {
    try {
      const source = { remote: { url: each } };
      const named = { source, inputs: [], refs: [], symbolic: {}, discardGitDir: false };
      const tree = await treeOf({ repository: named, ref: { name: "", sha } }, {}, session);
      return await solveDirectory(tree, session);
    } catch (error) {
      const isRefused = error instanceof GitError && error.isLoginRefused;
      if (!isRefused || index === urls.length - 1) throw error;
    }
  }
  throw new ApiError("failed to determine Git URL protocol");
}

/** A version is a tag: `folder/v1.2.0`, where a repository holds several modules, or `v1.2.0`. */
function refOf(repository: GitRepository, { folder, version }: GitModuleRef, pin: string): GitRef {
  if (!version) return lookUp(repository, pin || "HEAD");
  if (!/^v\d+(\.\d+){0,2}([-+].*)?$/u.test(version)) return lookUp(repository, version);
  const tag = [...(folder ? [`${folder}/${version}`] : []), version].find((each) =>
    repository.refs.some(({ name }) => name === `refs/tags/${each}`),
  );
  if (tag) return lookUp(repository, `refs/tags/${tag}`);
  throw new ApiError(`matching version to tags: module version not found: ${version}`);
}
