import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive, processIdentity } from "../cache-folder.ts";
import { crunQuietly, crunState } from "./crun.ts";

/** What crun is told of each container: in memory, since a variable may be a secret. */
export const bundles = "/run/galley/bundles";
/** Sockets that are passed into steps, and those behind the machine's ports. */
export const socketFolders = { forwarded: "/run/galley/sockets", ports: "/run/galley/host-ports" };
const controlGroups = "/sys/fs/cgroup";

/** Names something outside of the cache folder, so that it is known whose it was. */
export function ownName(number: number): string {
  return `galley-${processIdentity(process.pid)}-${number}`;
}

/**
 * Removes what killed processes left outside of the cache folder: containers and their control
 * groups, commands that ran without an init, which nobody else ends, bundles and sockets.
 */
export async function sweepLeftovers(): Promise<void> {
  const dead = list(crunState).filter(isLeft);
  await Promise.all(dead.map((id) => crunQuietly(["delete", "--force", id])));
  // Killed before crun had written its state, there are only the groups.
  for (const folder of [controlGroups, ...list(controlGroups).map((n) => join(controlGroups, n))]) {
    for (const name of list(folder).filter(isLeft)) {
      try {
        rmdirSync(join(folder, name));
      } catch {
        // Somebody else removed it, or the kernel is not done with it: the next sweep sees it.
      }
    }
  }
  for (const folder of [bundles, ...Object.values(socketFolders)]) {
    for (const name of list(folder).filter(isLeft)) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isLeft(name: string): boolean {
  const [, owner] = /^galley-(\d+-\d+)-\d+$/u.exec(name) ?? [];
  return owner !== undefined && !isAlive(owner);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing has run here yet, or it is a file
  }
}
