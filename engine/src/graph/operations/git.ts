import { mkdirSync, rmSync } from "node:fs";
import { lutimes, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunningService } from "../../runner/services.ts";
import { ApiError } from "../../tree/api-error.ts";
import { type Digest, digestOfJson, type Json } from "../../tree/digest.ts";
import { readHostTree } from "../../tree/host-tree.ts";
import { materialise } from "../../tree/materialise.ts";
import type { Tree } from "../../tree/tree.ts";
import type { Context } from "../context.ts";
import { GitError } from "../git/command.ts";
import { accessTo, addressOf, type Remote, withGit } from "../git/remote.ts";
import { defineOperation, uncached } from "../operation.ts";
import { byContents, keepTree } from "./tree-source.ts";

/** A repository: at an address (the input, if any, is the service there), or a directory, the input. */
export interface Repository {
  readonly remote: Remote | null;
}

/** A name in a repository, and the commit or tag that it stands for. */
export interface NamedRef {
  readonly name: string;
  readonly sha: string;
}

export interface Refs {
  readonly refs: readonly NamedRef[];
  /** names that stand for other names: `HEAD` */
  readonly symbolic: Readonly<Record<string, string>>;
}

type Run = (...args: string[]) => Promise<string>;

/** The names that a repository has now. */
export const gitRefs = defineOperation<Json, Refs>({
  name: "git refs",
  identity: (result) => digestOfJson(result as unknown as Json),
  caching: uncached("a repository goes on"),
  async run(given, inputs, context, key) {
    const { remote } = given as unknown as Repository;
    const title = `git ls-remote ${remote ? shown(remote) : "of a directory"}`;
    return inRepository(title, key, { remote }, inputs, context, async (run, _work, at) => {
      const lines = (await run("ls-remote", "--symref", at)).split("\n");
      const pairs = lines.flatMap((line) => {
        const [value, name] = line.split("\t");
        return value && name ? [[value, name] as const] : [];
      });
      const isSymbolic = ([value]: readonly [string, string]) => value.startsWith("ref: ");
      return {
        refs: pairs.filter((pair) => !isSymbolic(pair)).map(([sha, name]) => ({ name, sha })),
        symbolic: Object.fromEntries(
          pairs.filter(isSymbolic).map(([target, name]) => [name, target.slice("ref: ".length)]),
        ),
      };
    });
  },
});

export interface Checkout extends Repository {
  readonly ref: NamedRef;
  /** commits to bring; 0 is all */
  readonly depth: number;
  readonly includeTags: boolean;
  readonly discardGitDir: boolean;
}

/** The files of a commit. Who may read them is no part of the key: a commit is its own digest. */
export const gitTree = defineOperation<Json, Tree>({
  name: "git tree",
  identify: (given) => {
    const { remote, ...asked } = given as unknown as Checkout;
    return { ...asked, url: remote?.url ?? null } as unknown as Json;
  },
  identity: byContents,
  caching: keepTree,
  async run(given, inputs, context, key) {
    const checkout = given as unknown as Checkout;
    const { ref, remote } = checkout;
    const title = `git fetch ${remote ? shown(remote) : "from a directory"} ${ref.name || ref.sha}`;
    return inRepository(title, key, checkout, inputs, context, async (run, work, at) => {
      mkdirSync(work);
      const inWork: Run = (...args) => run("-C", work, ...args);
      await checkOut(inWork, checkout, at);
      if (checkout.discardGitDir) rmSync(join(work, ".git"), { recursive: true });
      await settle(work);
      return readHostTree(work, {}, context.cache);
    });
  },
});

async function checkOut(run: Run, { ref, remote, depth, includeTags }: Checkout, at: string) {
  await run("init", "-q", "--template=");
  const options = ["-q", "-u", "--no-write-fetch-head", includeTags ? "--tags" : "--no-tags"];
  const limit = depth > 0 ? [`--depth=${depth}`] : [];
  try {
    await run("fetch", ...options, ...limit, at, ref.sha);
  } catch (error) {
    if (!(error instanceof GitError) || !error.isNotNamed) throw error;
    // An old server hands out what it has a name for: all of that holds the commit too.
    await run("fetch", ...options, at, "refs/*:refs/fetched/*");
    for (const name of await namesOf(run, "refs/fetched")) await run("update-ref", "-d", name);
  }
  if (ref.name === "") {
    await run("checkout", "-q", ref.sha);
  } else {
    await run("update-ref", ref.name, ref.sha);
    await run("checkout", "-q", ref.name.replace(/^refs\/heads\//u, ""));
    await run("reset", "-q", "--hard", ref.sha);
  }
  if (remote) await run("remote", "add", "origin", withoutPassword(remote.url));
  await run("reflog", "expire", "--all", "--expire=now");
  await run("submodule", "update", "-q", "--init", "--recursive", "--depth=1");
  // Without the times of files: the same commit has the same index.
  await run("read-tree", "HEAD");
}

async function namesOf(run: Run, below: string): Promise<string[]> {
  return (await run("for-each-ref", "--format=%(refname)", below)).split("\n").filter(Boolean);
}

/** A time that is the same whenever it is checked out; not zero, which some tools take for none. */
async function settle(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await settle(path);
    await lutimes(path, 1, 1);
  }
  await lutimes(folder, 1, 1);
}

/** The best common ancestor of two commits; the inputs are those of the two repositories. */
export const gitAncestor = defineOperation<Json, string>({
  name: "git ancestor",
  identity: "recipe",
  caching: {
    keep: true,
    store: (sha) => sha,
    restore: (sha) => (typeof sha === "string" ? sha : undefined),
  },
  identify: (given) => (given as unknown as { commits: readonly string[] }).commits as Json,
  async run(given, inputs, context, key) {
    const { repositories, commits } = given as unknown as {
      repositories: readonly (Repository & { readonly input: number | null })[];
      commits: readonly string[];
    };
    return withGit("git merge-base", key, context, async (run, work) => {
      const inWork: Run = (...args) => run("--git-dir", work, ...args);
      await inWork("init", "-q", "--bare", "--template=");
      for (const [index, { input, ...repository }] of repositories.entries()) {
        const own = input === null ? [] : [inputs[input]];
        await inRepository("git fetch", key, repository, own, context, (fetch, _work, at) =>
          fetch("--git-dir", work, "fetch", "-q", "--no-tags", at, commits[index] as string),
        );
      }
      return (await inWork("merge-base", ...commits)).trim();
    });
  },
});

/** Runs git with a repository at hand: `at` is what git fetches from. */
async function inRepository<T>(
  title: string,
  key: Digest,
  { remote }: Repository,
  [input]: readonly unknown[],
  context: Context,
  use: (run: Run, work: string, at: string) => Promise<T>,
): Promise<T> {
  if (remote) {
    const at = addressOf(remote, input as RunningService | undefined);
    const access = accessTo(remote, context);
    return withGit(title, key, context, (run, work) => use(run, work, at), access);
  }
  return withGit(title, key, context, async (run, work) => {
    const at = `${work}.git`;
    materialise(gitFolder(input as Tree), at, context.cache);
    return use(run, work, at);
  });
}

/** A directory's own repository: its `.git`, or itself when it is a bare one. */
function gitFolder(tree: Tree): Tree {
  const folder = tree.entries.get(".git");
  if (folder?.kind === "directory") return folder;
  if (tree.entries.has("HEAD") && tree.entries.has("objects")) return tree;
  throw new ApiError("git error: not a git repository");
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/?#@]*:[^/?#@]*@/u, "$1");
}

function shown({ url }: Remote): string {
  return withoutPassword(url);
}
