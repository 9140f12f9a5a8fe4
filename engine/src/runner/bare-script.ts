import { closeSync, openSync, readSync } from "node:fs";
import type { CacheFolder } from "../cache-folder.ts";
import { joinPath, liesIn } from "../tree/paths.ts";
import { type Merged, statIn } from "./merged.ts";
import type { Step } from "./step.ts";

/**
 * Is the command, given by its path, an executable text that names no interpreter? The kernel
 * refuses to start one, and so does Dagger's init; tini would hand it to a shell.
 */
export function isBareScript(cache: CacheFolder, step: Step): boolean {
  const command = step.argv[0] ?? "";
  if (!command.includes("/")) return false;
  const found = findFile(cache, step, `/${joinPath(step.workdir, command)}`);
  if (!found?.stat.isFile() || (found.stat.mode & 0o111) === 0) return false;
  const start = firstBytes(found.file, 4);
  return !start.startsWith("#!") && start !== "\x7fELF";
}

/** A file of a step, where no volume, secret or socket lies above it. */
function findFile(cache: CacheFolder, step: Step, path: string): Merged | undefined {
  const above = step.mounts
    .filter((mount) => liesIn(path, mount.path))
    .sort((one, other) => other.path.length - one.path.length)[0];
  if (!above) return statIn(cache, step.rootfs, path);
  if (above.kind === "directory") return statIn(cache, above.source, path.slice(above.path.length));
  return above.kind === "file" ? statIn(cache, above.source, above.name) : undefined;
}

function firstBytes(file: string, count: number): string {
  const bytes = Buffer.alloc(count);
  const at = openSync(file, "r");
  try {
    return bytes.toString("latin1", 0, readSync(at, bytes, 0, count, 0));
  } finally {
    closeSync(at);
  }
}
