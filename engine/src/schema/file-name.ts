import { posix } from "node:path";
import { ApiError } from "../tree/api-error.ts";

const longest = 255; // bytes

/** A file's name is one part of a path. */
export function checkFileName(name: string): void {
  if (name.includes("/")) {
    throw new ApiError(`file name ${JSON.stringify(name)} must not contain a directory`);
  }
  checkLength(name);
}

/** Refuses what no file system takes. */
export function checkLength(path: string): void {
  if (Buffer.byteLength(posix.basename(path)) > longest) {
    throw new ApiError(`File name length exceeds the maximum supported ${longest} characters`);
  }
}
