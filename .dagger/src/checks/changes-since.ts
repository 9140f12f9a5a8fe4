import type { Changeset, Directory, GitRef, GitRepository } from "@dagger.io/dagger";
import { ConfigError } from "../config.ts";
import { messageOf } from "../message-of.ts";
import { openProject } from "../project.ts";
import type { Changed } from "./affected.ts";
import type { Project } from "./tool.ts";

/** Of these the source has nothing: what changed of them is what was committed. */
const module = [".dagger"];

/** What changed cannot be told; the message says what to do. */
export class SinceError extends Error {}

/**
 * What changed since a branch, a tag or a commit parted from HEAD, committed or not.
 *
 * @param git the repository's `.git`, or the folder that holds it
 * @throws SinceError when that is not in it, which is so in a shallow clone
 */
export async function changesSince(
  { source }: Project,
  since: string,
  git: Directory | undefined,
): Promise<Changed> {
  if (!git) throw new SinceError("since: give the repository's history too: --git .git");
  const repository = git.asGit();
  const parted = await partingPoint(repository, since, git);
  const [then, head] = [parted.tree({ discardGitDir: true }), repository.head().tree()];
  const [name, before, ofSource, ofModule] = await Promise.all([
    parted.commit(),
    configOf(then),
    pathsOf(source.filter({ exclude: module }).changes(then.filter({ exclude: module }))),
    pathsOf(head.filter({ include: module }).changes(then.filter({ include: module }))),
  ]);
  return {
    since: name === since ? name : `${since} (${name.slice(0, 12)})`,
    paths: [...ofSource, ...ofModule],
    before,
  };
}

async function partingPoint(
  repository: GitRepository,
  since: string,
  git: Directory,
): Promise<GitRef> {
  const refuse = async (why: string) => {
    const shallow = (await git.exists("shallow")) || (await git.exists(".git/shallow"));
    const hint = shallow
      ? "this is a shallow clone: bring the rest with `git fetch --unshallow`, in a workflow with `fetch-depth: 0`"
      : "give a branch, a tag, or a commit's full hash";
    return new SinceError(`since: ${why}: ${hint}`);
  };
  const head = repository.head();
  try {
    await head.commit();
  } catch (error) {
    const why = messageOf(error);
    throw new SinceError(`git: there is no commit to compare with: ${why}: give --git .git`);
  }
  const ref = await found(repository, since);
  if (!ref) throw await refuse(`the repository has no ${JSON.stringify(since)}`);
  const parted = ref.commonAncestor(head);
  if (!(await isThere(parted))) throw await refuse(`HEAD and ${since} have no commit in common`);
  return parted;
}

/** In a clone most branches are there as the remote's only. */
async function found(repository: GitRepository, since: string): Promise<GitRef | undefined> {
  for (const name of [since, `refs/remotes/${since}`, `refs/remotes/origin/${since}`]) {
    const ref = repository.ref(name);
    if (await isThere(ref)) return ref;
  }
  return undefined;
}

function isThere(ref: GitRef): Promise<boolean> {
  return ref.commit().then(
    (commit) => commit !== "",
    () => false,
  );
}

async function configOf(then: Directory): Promise<Changed["before"]> {
  try {
    return (await openProject(then, undefined)).config;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

async function pathsOf(changes: Changeset): Promise<string[]> {
  const kinds = await Promise.all([
    changes.addedPaths(),
    changes.modifiedPaths(),
    changes.removedPaths(),
  ]);
  return kinds.flat();
}
