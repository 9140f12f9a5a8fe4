import { type Checkout, gitAncestor, gitTree } from "../graph/operations/git.ts";
import type { Json } from "../tree/digest.ts";
import { type Arguments, defineType, type Session } from "./define.ts";
import type { Directory, GitRef } from "./values.ts";

/** The files of a commit; they are fetched now. */
export async function treeOf(
  { repository, ref }: GitRef,
  { depth = 1, includeTags = false, discardGitDir = false }: Arguments,
  session: Session,
): Promise<Directory> {
  const checkout: Checkout = {
    ...{ remote: repository.source.remote, ref, depth, includeTags },
    discardGitDir: discardGitDir || repository.discardGitDir,
  };
  const tree = gitTree(checkout as unknown as Json, repository.inputs);
  await session.context.solver.solve(tree);
  return { tree, path: "" };
}

export const gitRefType = defineType<GitRef>({
  name: "GitRef",
  description: "A commit of a git repository, by one of its names.",
  fields: {
    commit: {
      description: "Its hash.",
      args: {},
      type: "String!",
      resolve: ({ ref }) => ref.sha,
    },
    ref: {
      description: 'Its name in full (example: "refs/heads/main"), or its hash.',
      args: {},
      type: "String!",
      resolve: ({ ref }) => ref.name || ref.sha,
    },
    tree: {
      description: "Its files.",
      args: {
        discardGitDir: { type: "Boolean", default: false, description: "Leave out .git" },
        depth: {
          type: "Int",
          default: 1,
          description: "How many commits .git holds; 0 is all of them",
        },
        includeTags: {
          type: "Boolean",
          default: false,
          description: "Bring the repository's tags into .git",
        },
      },
      type: "Directory!",
      resolve: (self, args, session) => treeOf(self, args, session),
    },
    commonAncestor: {
      description: "The best common ancestor of this commit and another one.",
      args: { other: { type: "ID!", expects: "GitRef", description: "The other one" } },
      type: "GitRef!",
      async resolve(self, { other: id }, session): Promise<GitRef> {
        const both = [self, await session.load<GitRef>("GitRef", id)];
        const inputs = both.flatMap(({ repository }) => repository.inputs);
        let next = 0;
        const repositories = both.map(({ repository: { source, inputs: own } }) => ({
          ...source,
          input: own.length > 0 ? next++ : null,
        }));
        const commits = both.map(({ ref }) => ref.sha);
        const operation = gitAncestor({ repositories, commits } as unknown as Json, inputs);
        const sha = await session.context.solver.solve(operation);
        return { repository: self.repository, ref: { name: "", sha } };
      },
    },
  },
});
