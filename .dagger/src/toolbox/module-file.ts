import { dag, type File } from "@dagger.io/dagger";

/** A file of the module itself, outside of its sources: a tool's lock, a script. */
export function moduleFile(path: string): File {
  return dag.currentModule().source().file(path);
}
