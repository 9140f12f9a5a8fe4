import type { CacheFolder } from "./cache-folder.ts";

/** Does a message, of Node or of a tool, say that a disk has no room? */
export function isDiskFull(message: string): boolean {
  return /ENOSPC|EDQUOT|no space left on device|disk quota exceeded/iu.test(message);
}

/** The same message with what is full, and what to do. */
export function diskFull(message: string, { root }: CacheFolder): string {
  return `${message}: the disk of the cache folder ${root} is full: make room (galley prune), or name another folder in GALLEY_CACHE`;
}
