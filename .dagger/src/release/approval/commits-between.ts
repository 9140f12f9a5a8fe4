import type { Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { moduleFile } from "../../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";

/** Commits as `HASH SUBJECT (AUTHOR)`, the newest first. */
export interface Commits {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** why they cannot be told */
  readonly problem: string | null;
}

const schema = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  problem: z.string().nullable(),
});

/** The commits that one has and the other has not. */
export async function commitsBetween(git: Directory, old: string, now: string): Promise<Commits> {
  const text = await (await pythonTool("git"))
    .withFile("/kitchen/commits_between.py", moduleFile("scripts/commits_between.py"))
    .withMountedDirectory("/repository/.git", git)
    .withExec([
      ...[`${toolVenv}/bin/python`, "/kitchen/commits_between.py", "/repository", old, now],
      "/kitchen/commits.json",
    ])
    .file("/kitchen/commits.json")
    .contents();
  return schema.parse(JSON.parse(text));
}
