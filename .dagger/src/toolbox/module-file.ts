import { type Directory, dag, type File } from "@dagger.io/dagger";

/** A file of the module itself, outside of its sources: a tool's lock, a script. */
export function moduleFile(path: string): File {
  return dag.currentModule().source().file(path);
}

/** A folder of the module itself, outside of its sources. */
export function moduleDirectory(path: string): Directory {
  return dag.currentModule().source().directory(path);
}
