import type { File } from "@dagger.io/dagger";
import { ownWords } from "../images/why.ts";
import { moduleDirectory } from "../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../toolbox/python.ts";

/**
 * The digest that a sealed plan says of itself: read without its key. Whoever opens it is told when it
 * does something else.
 *
 * @throws Error when the file is none, or damaged
 */
export async function planDigest(plan: File): Promise<string> {
  try {
    return await (await pythonTool("terraform"))
      .withDirectory("/kitchen/terraform", moduleDirectory("scripts/terraform"))
      .withMountedFile("/bundle", plan)
      .withExec([`${toolVenv}/bin/python`, "/kitchen/terraform/plan_digest.py", "/bundle"])
      .stdout();
  } catch (error) {
    throw new Error(ownWords(error));
  }
}
