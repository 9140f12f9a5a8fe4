import { readFileSync } from "node:fs";
import type { CacheFolder } from "../cache-folder.ts";
import { ApiError } from "./api-error.ts";
import { blobPath } from "./blobs.ts";
import type { Owner } from "./edit.ts";
import { find } from "./paths.ts";
import type { Tree } from "./tree.ts";

/** Who `user` or `user:group` is, by ids or by the users that a tree itself knows. */
export function ownerIn(tree: Tree, owner: string, cache: CacheFolder): Owner {
  const [user = "", group] = owner.split(":");
  const read = (path: string): string => {
    const node = find(tree, path)?.node;
    if (node?.kind === "file") return readFileSync(blobPath(cache, node.blob), "utf8");
    throw new ApiError(
      `failed to parse ownership ${owner}: open ${path}: no such file or directory`,
    );
  };
  const uid = numericId(user) ?? idIn(read("/etc/passwd"), user);
  if (uid === undefined) {
    throw new ApiError(`failed to parse ownership ${owner}: find uid: no such user: ${user}`);
  }
  if (group === undefined) return { uid, gid: uid };
  const gid = numericId(group) ?? idIn(read("/etc/group"), group);
  if (gid === undefined) {
    throw new ApiError(`failed to parse ownership ${owner}: find gid: no such group: ${group}`);
  }
  return { uid, gid };
}

/** `root` is known everywhere. */
export function numericId(text: string): number | undefined {
  if (text === "root") return 0;
  return /^\d+$/u.test(text) ? Number(text) : undefined;
}

/** The id of a name in the text of `/etc/passwd` or `/etc/group`. */
export function idIn(table: string, name: string): number | undefined {
  const entry = table
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[0] === name);
  return entry && Number(entry[2]);
}
