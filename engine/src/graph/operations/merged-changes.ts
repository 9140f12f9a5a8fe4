import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiError } from "../../tree/api-error.ts";
import { readBlob, writeBlob } from "../../tree/blobs.ts";
import { changesBetween, partOf, topmost, withoutAll } from "../../tree/changes.ts";
import { changeNode, merge } from "../../tree/edit.ts";
import { nodeAt, partsOf } from "../../tree/paths.ts";
import type { FileNode, Node, Tree } from "../../tree/tree.ts";
import type { Context } from "../context.ts";
import { GitError } from "../git/command.ts";
import { alone, withGit } from "../git/remote.ts";
import { defineOperation } from "../operation.ts";
import { byContents, inMemory, keepTree } from "./tree-source.ts";

/** What to do where two changesets change one path; Dagger's names. */
export type OnConflict =
  | "FAIL_EARLY"
  | "FAIL"
  | "LEAVE_CONFLICT_MARKERS"
  | "PREFER_OURS"
  | "PREFER_THEIRS";

/** What is in either of two directories. */
export const united = defineOperation<null, Tree>({
  name: "united",
  identity: byContents,
  caching: inMemory,
  run: async (_args, [one, other]) => merge(one as Tree, other as Tree) as Tree,
});

/** A directory with the changes of two changesets: the inputs are what both had, and made of it. */
export const mergedChanges = defineOperation<{ onConflict: OnConflict }, Tree>({
  name: "merged changes",
  identity: byContents,
  caching: keepTree,
  async run({ onConflict }, inputs, context, key) {
    const [before1, after1, before2, after2] = inputs as [Tree, Tree, Tree, Tree];
    const ours = changesBetween(before1, after1);
    const theirs = changesBetween(before2, after2);
    const conflicts = conflictsOf(ours, theirs);
    if (onConflict === "FAIL_EARLY" && conflicts.size > 0) throw refused(conflicts);
    const all = merge(before1, before2) as Tree;
    const gone = topmost([...ours.allRemoved, ...theirs.allRemoved]);
    const changed = [partOf(after1, [...ours.added, ...ours.modified])];
    changed.push(partOf(after2, [...theirs.added, ...theirs.modified]));
    let merged = changed.reduce((tree, part) => merge(tree, part) as Tree, withoutAll(all, gone));
    for (const path of conflicts.keys()) {
      const [base, our, their] = [all, after1, after2].map((tree) => nodeAt(tree, partsOf(path)));
      const sides = { base, our, their };
      const node = await mergedNode(path, sides, onConflict, context, key);
      merged = node ? changeNode(merged, path, () => node) : withoutAll(merged, [path]);
    }
    return merged;
  },
});

type Changes = ReturnType<typeof changesBetween>;

const addedTwice = "path added in both changesets";
const modifiedTwice = "path modified in both changesets";
const modifiedRemoved = "path modified in one changeset and removed in the other";

/** Paths of files that both changed, and how. */
function conflictsOf(one: Changes, other: Changes): Map<string, string> {
  const both = (a: readonly string[], b: readonly string[]) => a.filter((path) => b.includes(path));
  return new Map([
    ...both(one.added, other.added)
      .filter((path) => !path.endsWith("/"))
      .map((path) => [path, addedTwice] as const),
    ...both(one.modified, other.modified).map((path) => [path, modifiedTwice] as const),
    ...both(one.modified, other.allRemoved).map((path) => [path, modifiedRemoved] as const),
    ...both(one.allRemoved, other.modified).map((path) => [path, modifiedRemoved] as const),
  ]);
}

function refused(conflicts: ReadonlyMap<string, string>): ApiError {
  const lines = [...conflicts].map(
    ([path, why]) => `conflict between changesets at path ${JSON.stringify(path)}: ${why}`,
  );
  return new ApiError(lines.join("\n"));
}

interface Sides {
  readonly base: Node | undefined;
  readonly our: Node | undefined;
  readonly their: Node | undefined;
}

async function mergedNode(
  path: string,
  { base, our, their }: Sides,
  onConflict: OnConflict,
  context: Context,
  key: Parameters<typeof withGit>[1],
): Promise<Node | undefined> {
  if (our?.kind !== "file" || their?.kind !== "file") {
    if (onConflict === "PREFER_OURS") return our;
    if (onConflict === "PREFER_THEIRS") return their;
    if (onConflict === "LEAVE_CONFLICT_MARKERS" && !(our && their)) return our ?? their;
    throw refused(new Map([[path, our && their ? modifiedTwice : modifiedRemoved]]));
  }
  if (our.blob === their.blob) return our;
  const old = base?.kind === "file" ? base : undefined;
  return mergedFile(path, { base: old, our, their }, onConflict, context, key);
}

const options: Readonly<Record<OnConflict, readonly string[]>> = {
  FAIL_EARLY: [],
  FAIL: [],
  LEAVE_CONFLICT_MARKERS: [],
  PREFER_OURS: ["--ours"],
  PREFER_THEIRS: ["--theirs"],
};

/** Merges two versions of a file as git does. */
function mergedFile(
  path: string,
  sides: { base: FileNode | undefined; our: FileNode; their: FileNode },
  onConflict: OnConflict,
  context: Context,
  key: Parameters<typeof withGit>[1],
): Promise<FileNode> {
  const { cache } = context;
  // The exit code counts conflicts; binary files are 255.
  const fine =
    onConflict === "LEAVE_CONFLICT_MARKERS" ? Array.from({ length: 127 }, (_, n) => n + 1) : [];
  return withGit(
    `git merge-file ${path}`,
    key,
    context,
    async (run, work) => {
      mkdirSync(work);
      const contents = (file: FileNode | undefined) =>
        file ? readBlob(cache, file.blob) : Promise.resolve(Buffer.alloc(0));
      for (const name of ["our", "base", "their"] as const) {
        writeFileSync(join(work, name), await contents(sides[name]));
      }
      const files = ["our", "base", "their"].map((name) => join(work, name));
      try {
        const names = ["-L", "ours", "-L", "base", "-L", "theirs"];
        await run("merge-file", "--quiet", ...names, ...options[onConflict], ...files);
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        throw refused(new Map([[path, sides.base ? modifiedTwice : addedTwice]]));
      }
      return { ...sides.our, ...writeBlob(cache, readFileSync(files[0] as string)) };
    },
    async () => ({ ...alone, fine }),
  );
}
