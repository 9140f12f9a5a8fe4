import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CacheFolder } from "./cache-folder.ts";

const run = promisify(execFile);

/**
 * Takes something that never changes (a layer, the SDK's programs) from the cache folder that lends,
 * when this one has none: by hard links, on another file system as a copy. Says whether it is there.
 */
export async function borrow(
  { lender, root, tmp }: CacheFolder,
  name: string,
  { asCopy = false } = {},
): Promise<boolean> {
  const [from, to] = [join(lender ?? root, name), join(root, name)];
  if (existsSync(to)) return true;
  if (lender === undefined || !existsSync(from)) return false;
  const draft = join(tmp, randomUUID());
  try {
    await run("cp", [asCopy ? "-a" : "-al", from, draft]).catch(async (error: Error) => {
      if (asCopy || !existsSync(from)) throw error;
      rmSync(draft, { recursive: true, force: true });
      await run("cp", ["-a", from, draft]);
    });
    // Who prunes there moves things out of sight before taking them apart: this copy may have holes.
    if (!existsSync(from)) return false;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(draft, to);
    return true;
  } catch (error) {
    if (existsSync(to)) return true; // another process was first
    if (!existsSync(from)) return false;
    throw new Error(`${name} cannot be taken from ${lender}: ${(error as Error).message}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
