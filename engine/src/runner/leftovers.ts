import { readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
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
  const containers = [crunState, ...groupFolders()].flatMap(list).filter(isLeft);
  await Promise.all([...new Set(containers)].map(endContainer));
  for (const folder of [bundles, ...Object.values(socketFolders)]) {
    for (const name of list(folder).filter(isLeft)) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/**
 * Ends a container and what runs in it. crun starts the command before it notes the container: of one
 * whose crun was killed in between, there are only the control groups.
 */
export async function endContainer(id: string): Promise<void> {
  await crunQuietly(["delete", "--force", id]);
  for (const group of groupFolders().map((folder) => join(folder, id))) {
    try {
      for (const pid of readFileSync(join(group, "cgroup.procs"), "utf8").split("\n")) {
        if (pid !== "") process.kill(Number(pid), "SIGKILL");
      }
      rmdirSync(group);
    } catch {
      // It is not there, or the kernel is not done with it: the next sweep sees it.
    }
  }
}

/** Where control groups are: of version 2, or of each controller of version 1. */
function groupFolders(): string[] {
  return [controlGroups, ...list(controlGroups).map((name) => join(controlGroups, name))];
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
