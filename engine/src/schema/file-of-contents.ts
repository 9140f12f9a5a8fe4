import { newFile } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import type { File } from "./values.ts";

/** A file of a text; its name holds no directory. */
export function fileOfContents(name: string, contents: string, mode: number): File {
  if (name.includes("/")) {
    throw new ApiError(`file name ${JSON.stringify(name)} must not contain a directory`);
  }
  return { file: newFile({ contents, mode }), name };
}
