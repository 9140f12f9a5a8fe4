import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiError } from "../../tree/api-error.ts";
import { readBlob, writeBlob } from "../../tree/blobs.ts";
import { changesBetween, partOf, reusing, topmost, withoutAll } from "../../tree/changes.ts";
import { merge } from "../../tree/edit.ts";
import { materialise } from "../../tree/materialise.ts";
import { scanFolder } from "../../tree/scan.ts";
import { digestOfNode, type FileNode, type Tree } from "../../tree/tree.ts";
import { GitError } from "../git/command.ts";
import { alone, withGit } from "../git/remote.ts";
import { defineOperation } from "../operation.ts";
import { byContents, inMemory, keepTree } from "./tree-source.ts";

/** A directory with what changed between two others. */
export const changed = defineOperation<null, Tree>({
  name: "changed",
  identity: byContents,
  caching: inMemory,
  async run(_args, inputs) {
    const [tree, before, after] = inputs as [Tree, Tree, Tree];
    const { added, modified, allRemoved } = changesBetween(before, after);
    const rest = withoutAll(tree, topmost(allRemoved));
    return merge(rest, partOf(after, [...added, ...modified])) as Tree;
  },
});

/** What is new or holds something else in the second of two directories. */
export const layer = defineOperation<null, Tree>({
  name: "layer",
  identity: byContents,
  caching: inMemory,
  async run(_args, inputs) {
    const [before, after] = inputs as [Tree, Tree];
    const { added, modified } = changesBetween(before, after);
    return partOf(after, [...added, ...modified]);
  },
});

/** A directory after a patch, as `git apply` applies it: wholly or not at all. */
export const patched = defineOperation<null, Tree>({
  name: "patched",
  identity: byContents,
  caching: keepTree,
  run: (_args, inputs, context, key) =>
    withGit(
      "git apply",
      key,
      context,
      async (run, work) => {
        const [tree, patch] = inputs as [Tree, FileNode];
        const file = `${work}.patch`;
        // Hard links to what is kept: git replaces files, it does not write into them.
        materialise(tree, work, context.cache);
        writeFileSync(file, await readBlob(context.cache, patch.blob));
        try {
          await run("-C", work, "apply", "--allow-empty", "--whitespace=nowarn", file);
        } catch (error) {
          if (!(error instanceof GitError)) throw error;
          throw new ApiError(`failed to apply patch: ${error.stderr.trim()}`);
        }
        const after = scanFolder(work, context.cache) as Tree;
        return reusing(after, tree, (a, b) => digestOfNode(a) === digestOfNode(b));
      },
      async () => alone,
    ),
});

/** What changed between two directories, as a patch. */
export const patchOf = defineOperation<null, FileNode>({
  name: "patch of",
  identity: byContents,
  caching: inMemory,
  run: (_args, inputs, context, key) =>
    comparing("git diff", inputs, context, key, async (run, folder) => {
      // Without renames: with these two folders for prefixes `git apply` could not follow them.
      const options = ["--binary", "--no-prefix", "--no-renames", "--no-index"];
      await run("diff", ...options, "--output=patch", "a", "b");
      const written = writeBlob(context.cache, readFileSync(join(folder, "patch")));
      return { kind: "file", ...written, mode: 0o644, uid: 0, gid: 0 };
    }),
});

/** How a path changed, and how many lines of it. */
export interface DiffStat {
  readonly path: string;
  readonly kind: "ADDED" | "MODIFIED" | "REMOVED" | "RENAMED";
  readonly oldPath?: string;
  readonly addedLines: number;
  readonly removedLines: number;
}

export const diffStats = defineOperation<null, readonly DiffStat[]>({
  name: "diff stats",
  identity: "recipe",
  caching: inMemory,
  run: (_args, inputs, context, key) =>
    comparing("git diff", inputs, context, key, async (run) => {
      const [before, after] = inputs as [Tree, Tree];
      const options = ["diff", "--no-index", "--no-prefix", "-z"];
      const lines = lineCounts(await run(...options, "--numstat", "a", "b"));
      const oldPaths = renames(await run(...options, "--name-status", "a", "b"));
      const { added, modified, allRemoved } = changesBetween(before, after);
      const gone = new Set(oldPaths.values());
      const stat = (path: string, kind: DiffStat["kind"]): DiffStat => {
        const oldPath = kind === "ADDED" ? oldPaths.get(path) : undefined;
        const counts = lines.get(path) ?? { addedLines: 0, removedLines: 0 };
        return { path, ...(oldPath ? { kind: "RENAMED", oldPath } : { kind }), ...counts };
      };
      return [
        ...added.map((path) => stat(path, "ADDED")),
        ...modified.map((path) => stat(path, "MODIFIED")),
        ...allRemoved.filter((path) => !gone.has(path)).map((path) => stat(path, "REMOVED")),
      ].sort((one, other) => (one.path < other.path ? -1 : 1));
    }),
});

/** Runs git where `a` and `b` are what differs of two directories. */
function comparing<T>(
  title: string,
  inputs: readonly unknown[],
  context: Parameters<typeof withGit>[2],
  key: Parameters<typeof withGit>[1],
  use: (run: (...args: string[]) => Promise<string>, folder: string) => Promise<T>,
): Promise<T> {
  return withGit(
    title,
    key,
    context,
    async (run, work) => {
      const [before, after] = inputs as [Tree, Tree];
      const { added, modified, allRemoved } = changesBetween(before, after);
      const folder = dirname(work);
      materialise(partOf(before, [...modified, ...allRemoved]), join(folder, "a"), context.cache);
      materialise(partOf(after, [...modified, ...added]), join(folder, "b"), context.cache);
      return use(run, folder);
    },
    async () => ({ ...alone, fine: [1] }), // 1: they differ
  );
}

function lineCounts(numstat: string) {
  const counts = new Map<string, { addedLines: number; removedLines: number }>();
  const tokens = numstat.split("\0");
  while (tokens.length > 0) {
    const [addedLines = "", removedLines = "", path = ""] = (tokens.shift() ?? "").split("\t");
    if (addedLines === "") continue;
    // A rename has its two paths in the tokens that follow; what is gone has /dev/null there.
    const [from = "", to = ""] = path === "" ? tokens.splice(0, 2) : ["", path];
    const named = to === "/dev/null" ? from : to;
    // `-` is what git says of files that are no text.
    const count = (text: string) => Number(text) || 0;
    counts.set(inside(named), {
      addedLines: count(addedLines),
      removedLines: count(removedLines),
    });
  }
  return counts;
}

function renames(nameStatus: string): Map<string, string> {
  const oldPaths = new Map<string, string>();
  const tokens = nameStatus.split("\0");
  while (tokens.length > 1) {
    const status = tokens.shift() ?? "";
    const path = tokens.shift() ?? "";
    if (!/^[RC]/u.test(status)) continue;
    const to = tokens.shift() ?? "";
    if (status.startsWith("R")) oldPaths.set(inside(to), inside(path));
  }
  return oldPaths;
}

/** A path without the folder, `a` or `b`, that it was compared in. */
function inside(path: string): string {
  return path.replace(/^[ab]\//u, "");
}

/** A directory as its repository last had it: nothing changed, nothing new but what is ignored. */
export const cleaned = defineOperation<null, Tree>({
  name: "git cleaned",
  identity: byContents,
  caching: keepTree,
  run: (_args, [tree], context, key) =>
    withGit(
      "git restore",
      key,
      context,
      async (run, work) => {
        materialise(tree as Tree, work, context.cache);
        const index = join(work, ".git/index");
        writeFileSync(`${work}.index`, readFileSync(index));
        const inWork = (...args: string[]) => run("-C", work, ...args);
        await inWork("restore", "--staged", ".");
        await inWork("restore", ".");
        await inWork("clean", "-q", "-f", "-d");
        const after = scanFolder(work, context.cache) as Tree;
        return reusing(after, tree as Tree, (a, b) => digestOfNode(a) === digestOfNode(b));
      },
      // The index is written anew: it is not the directory's own that changes.
      async (folder) => ({ config: [], env: { GIT_INDEX_FILE: join(folder, "work.index") } }),
    ),
});
