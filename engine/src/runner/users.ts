import type { CacheFolder } from "../cache-folder.ts";
import type { Owner } from "../tree/edit.ts";
import { idIn, numericId } from "../tree/owner.ts";
import { readTextIn } from "./merged.ts";
import type { Snapshot } from "./snapshot.ts";

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** A user or owner that the image does not know; the message is Dagger's. */
export class UnknownUserError extends Error {}

/** Who `name`, `id`, `name:group` or `id:id` is in a snapshot; an id alone has group 0. */
export function resolveUser(cache: CacheFolder, snapshot: Snapshot, text: string): User {
  const users = readTable(cache, snapshot, "/etc/passwd");
  const [name = "", groupName] = (text || "0").split(":");
  const entry = users.find((fields) => fields[0] === name || fields[2] === name);
  if (!entry && !isId(name)) {
    throw new UnknownUserError(`unable to find user ${name}: no matching entries in passwd file`);
  }
  const uid = entry ? Number(entry[2]) : Number(name);
  const byName = entry !== undefined && entry[0] === name;
  const groups = readTable(cache, snapshot, "/etc/group");
  const gid = groupName ? groupId(groups, groupName) : byName ? Number(entry[3]) : 0;
  const additionalGids = groups
    .filter((fields) => entry && fields[3]?.split(",").includes(entry[0] as string))
    .map((fields) => Number(fields[2]));
  return { uid, gid, additionalGids, home: entry?.[5] ?? "/" };
}

/** The owner that `withFile(owner:)` and the like name; without a group it is the user's id. */
export function resolveOwner(cache: CacheFolder, snapshot: Snapshot, text: string): Owner {
  const [name = "", group] = text.split(":");
  const uid = numericId(name) ?? idIn(readTextIn(cache, snapshot, "/etc/passwd") ?? "", name);
  if (uid === undefined) throw new UnknownUserError(`find uid: no such user: ${name}`);
  if (group === undefined) return { uid, gid: uid };
  const gid = numericId(group) ?? idIn(readTextIn(cache, snapshot, "/etc/group") ?? "", group);
  if (gid === undefined) throw new UnknownUserError(`find gid: no such group: ${group}`);
  return { uid, gid };
}

function groupId(groups: readonly string[][], name: string): number {
  if (isId(name)) return Number(name);
  const entry = groups.find((fields) => fields[0] === name);
  if (!entry) {
    throw new UnknownUserError(`unable to find group ${name}: no matching entries in group file`);
  }
  return Number(entry[2]);
}

function readTable(cache: CacheFolder, snapshot: Snapshot, path: string): string[][] {
  const text = readTextIn(cache, snapshot, path) ?? "";
  return text.split("\n").map((line) => line.split(":"));
}

function isId(text: string): boolean {
  return /^\d+$/u.test(text);
}
