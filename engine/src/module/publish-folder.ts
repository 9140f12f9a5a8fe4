import { mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";

/** Moves a finished folder to its place, where another process may have put the same already. */
export function publishFolder(draft: string, folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
