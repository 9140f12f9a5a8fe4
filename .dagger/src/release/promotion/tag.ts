import type { Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { nearest } from "../../did-you-mean.ts";
import { moduleFile } from "../../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";

export const tagSchema = z.object({
  commit: z.string().nullable(),
  tags: z.array(z.string()),
  /** main or master, whose history has the commit */
  branches: z.array(z.string()),
});

/** Where a tag of a repository points. */
export async function readTag(git: Directory, tag: string): Promise<z.infer<typeof tagSchema>> {
  const text = await (await pythonTool("git"))
    .withFile("/kitchen/tag.py", moduleFile("scripts/tag.py"))
    .withMountedDirectory("/repository/.git", git)
    .withExec([
      ...[`${toolVenv}/bin/python`, "/kitchen/tag.py", "/repository", tag],
      "/kitchen/tag.json",
    ])
    .file("/kitchen/tag.json")
    .contents();
  return tagSchema.parse(JSON.parse(text));
}

/** Why a tag does not stand for a release's commit; undefined: it does. */
export function wrongWithTag(
  tag: string,
  { commit, tags, branches }: z.infer<typeof tagSchema>,
  released: string,
): string | undefined {
  if (commit === null) {
    const near = nearest(tag, tags);
    return `there is no tag ${tag}${near ? `: did you mean ${near}?` : ""}`;
  }
  if (commit !== released) {
    return `tag ${tag} points at commit ${commit}, and the release is of ${released}`;
  }
  if (branches.length > 0) return undefined;
  return `tag ${tag} points at commit ${commit}, which is not on main, or this clone is shallow`;
}
