import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  changed,
  type DiffStat,
  diffStats,
  layer,
  patched,
  patchOf,
} from "../graph/operations/changes.ts";
import { mergedChanges, type OnConflict, united } from "../graph/operations/merged-changes.ts";
import { newFile } from "../graph/operations/tree-source.ts";
import { type Changes, changesBetween, partOf, topmost } from "../tree/changes.ts";
import { exportTree } from "../tree/export.ts";
import * as arg from "./arguments.ts";
import { defineType, type Field, type Session } from "./define.ts";
import { solveDirectory, topOf } from "./directory-tree.ts";
import { hostPath } from "./host-path.ts";
import type { Changeset, Directory, File } from "./values.ts";

/** Changes between directories, and what applies them. */
export const directoryChangeFields: Readonly<Record<string, Field<Directory>>> = {
  changes: {
    description: "What changed since another directory; what is gone, too.",
    args: {
      from: { type: "ID!", expects: "Directory", description: "The directory as it was before" },
    },
    type: "Changeset!",
    resolve: async (directory, { from }, session): Promise<Changeset> => ({
      before: await session.load<Directory>("Directory", from),
      after: directory,
    }),
  },
  withChanges: {
    description: "The directory with changes made to it.",
    args: { changes: { type: "ID!", expects: "Changeset", description: "The changes" } },
    type: "Directory!",
    async resolve(directory, args, session): Promise<Directory> {
      const { before, after } = await session.load<Changeset>("Changeset", args.changes);
      return { tree: changed(null, [directory, before, after].map(topOf)), path: "" };
    },
  },
  withPatch: {
    description: "The directory after a patch.",
    args: { patch: { type: "String!", description: "The patch, as git writes it" } },
    type: "Directory!",
    resolve: (directory, { patch }, session) =>
      afterPatch(directory, newFile({ contents: patch, mode: 0o644 }), session),
  },
  withPatchFile: {
    description: "The directory after the patch that a file holds.",
    args: { patch: { type: "ID!", expects: "File", description: "The file" } },
    type: "Directory!",
    resolve: async (directory, { patch }, session) =>
      afterPatch(directory, (await session.load<File>("File", patch)).file, session),
  },
};

/** A patch that cannot be applied fails here. */
async function afterPatch(
  directory: Directory,
  patch: File["file"],
  session: Session,
): Promise<Directory> {
  const after: Directory = { tree: patched(null, [topOf(directory), patch]), path: "" };
  await solveDirectory(after, session);
  return after;
}

export const changesetType = defineType<Changeset>({
  name: "Changeset",
  description: "What changed between two directories.",
  fields: {
    before: {
      description: "The directory as it was before.",
      args: {},
      type: "Directory!",
      resolve: ({ before }) => before,
    },
    after: {
      description: "The directory as it is after.",
      args: {},
      type: "Directory!",
      resolve: ({ after }) => after,
    },
    addedPaths: {
      description: "Paths that are new; those of directories end with a slash.",
      args: {},
      type: "[String!]!",
      resolve: async (self, _args, session) => (await pathsOf(self, session)).added,
    },
    modifiedPaths: {
      description: "Paths of files that hold something else.",
      args: {},
      type: "[String!]!",
      resolve: async (self, _args, session) => (await pathsOf(self, session)).modified,
    },
    removedPaths: {
      description: "Paths that are gone; of a directory, not those below it.",
      args: {},
      type: "[String!]!",
      resolve: async (self, _args, session) => topmost((await pathsOf(self, session)).allRemoved),
    },
    isEmpty: {
      description: "Did nothing change?",
      args: {},
      type: "Boolean!",
      async resolve(self, _args, session) {
        const { added, modified, allRemoved } = await pathsOf(self, session);
        return added.length + modified.length + allRemoved.length === 0;
      },
    },
    diffStats: {
      description: "How each path changed, and how many lines of it.",
      args: {},
      type: "[DiffStat!]!",
      resolve: (self, _args, session) => session.context.solver.solve(diffStats(null, both(self))),
    },
    asPatch: {
      description: "The changes as a patch.",
      args: {},
      type: "File!",
      resolve: (self): File => ({ file: patchOf(null, both(self)), name: "diff.patch" }),
    },
    layer: {
      description: "A directory of what is new or holds something else.",
      args: {},
      type: "Directory!",
      resolve: (self): Directory => ({ tree: layer(null, both(self)), path: "" }),
    },
    withChangeset: {
      description: "These changes and others, as one.",
      args: {
        changes: { type: "ID!", expects: "Changeset", description: "The others" },
        onConflict: {
          type: "ChangesetMergeConflict",
          default: "FAIL",
          description: "What to do where both change one file",
        },
      },
      type: "Changeset!",
      async resolve(self, { changes, onConflict }, session): Promise<Changeset> {
        return mergedWith(self, await session.load("Changeset", changes), onConflict, session);
      },
    },
    withChangesets: {
      description: "These changes and those of several others, as one.",
      args: {
        changes: { type: "[ID!]!", expects: "Changeset", description: "The others" },
        onConflict: {
          type: "ChangesetsMergeConflict",
          default: "FAIL",
          description: "What to do where two of them change one file",
        },
      },
      type: "Changeset!",
      async resolve(self, { changes, onConflict }, session): Promise<Changeset> {
        let all = self;
        for (const id of changes as string[]) {
          all = await mergedWith(all, await session.load("Changeset", id), onConflict, session);
        }
        return all;
      },
    },
    export: {
      description: "Makes the changes to a folder of the host; answers its path.",
      args: { path: arg.path("Folder of the host, relative to where the command runs") },
      type: "String!",
      async resolve(self, { path }, session) {
        const folder = hostPath(path, session);
        const { added, modified, allRemoved } = await pathsOf(self, session);
        for (const gone of topmost(allRemoved)) {
          rmSync(join(folder, gone), { recursive: true, force: true });
        }
        const after = await solveDirectory(self.after, session);
        exportTree(partOf(after, [...added, ...modified]), folder, session.context.cache);
        return folder;
      },
    },
    sync: {
      description: "Makes both directories now; answers its id.",
      args: {},
      type: "ID!",
      async resolve(self, _args, session) {
        await pathsOf(self, session);
        return session.idOf("Changeset", self);
      },
    },
  },
});

/** A merge that is refused fails here. */
async function mergedWith(
  one: Changeset,
  other: Changeset,
  onConflict: OnConflict,
  session: Session,
): Promise<Changeset> {
  const after = mergedChanges({ onConflict }, [...both(one), ...both(other)]);
  await session.context.solver.solve(after);
  const before = united(null, [topOf(one.before), topOf(other.before)]);
  return { before: { tree: before, path: "" }, after: { tree: after, path: "" } };
}

function both({ before, after }: Changeset) {
  return [topOf(before), topOf(after)];
}

async function pathsOf({ before, after }: Changeset, session: Session): Promise<Changes> {
  return changesBetween(
    await solveDirectory(before, session),
    await solveDirectory(after, session),
  );
}

export const diffStatType = defineType<DiffStat>({
  name: "DiffStat",
  description: "How a path changed.",
  fields: {
    path: { description: "The path.", args: {}, type: "String!", resolve: ({ path }) => path },
    kind: {
      description: "How it changed.",
      args: {},
      type: "DiffStatKind!",
      resolve: ({ kind }) => kind,
    },
    oldPath: {
      description: "Where it was before, if it was renamed.",
      args: {},
      type: "String",
      resolve: ({ oldPath }) => oldPath ?? null,
    },
    addedLines: {
      description: "How many lines are new.",
      args: {},
      type: "Int!",
      resolve: ({ addedLines }) => addedLines,
    },
    removedLines: {
      description: "How many lines are gone.",
      args: {},
      type: "Int!",
      resolve: ({ removedLines }) => removedLines,
    },
  },
});
