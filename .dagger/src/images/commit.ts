import type { Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { moduleFile } from "../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../toolbox/python.ts";

/** Where a source comes from. */
export interface Commit {
  /** SHA-1 or SHA-256, in hex */
  readonly revision: string;
  /** seconds since the epoch */
  readonly created: number;
  /** e-mail addresses of who wrote it, co-authors with them */
  readonly authors: readonly string[];
}

const schema = z.object({
  revision: z.string(),
  created: z.number().int(),
  authors: z.array(z.string().min(1)),
});

/**
 * The commit that a repository's HEAD is at.
 *
 * @param git the repository's `.git` folder
 * @throws ExecError when there is no commit in it
 */
export async function readCommit(git: Directory): Promise<Commit> {
  const text = await (await pythonTool("git"))
    .withFile("/kitchen/commit.py", moduleFile("scripts/commit.py"))
    .withMountedDirectory("/repository/.git", git)
    .withExec([
      `${toolVenv}/bin/python`,
      "/kitchen/commit.py",
      "/repository",
      "/kitchen/commit.json",
    ])
    .file("/kitchen/commit.json")
    .contents();
  return schema.parse(JSON.parse(text));
}
