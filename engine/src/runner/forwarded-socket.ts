import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { ownName, socketFolders } from "./leftovers.ts";
import { relay } from "./relay.ts";
import type { User } from "./users.ts";

/** Short, since the path of a socket has room for 107 bytes only. */
const folder = socketFolders.forwarded;
let made = 0;

/** A socket for a step: it is not the machine's own, but what is sent to it goes on to that one. */
export interface ForwardedSocket {
  readonly path: string;
  close(): void;
}

/** Listens for a step; only `owner` may connect. */
export async function forwardSocket(
  target: string,
  owner: Pick<User, "uid" | "gid">,
): Promise<ForwardedSocket> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, ownName(made++));
  rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ path: target, allowHalfOpen: true });
    for (const each of [from, to]) {
      open.add(each);
      each.on("close", () => open.delete(each));
    }
    relay(from, to);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, resolve);
  });
  chmodSync(path, 0o600);
  chownSync(path, owner.uid, owner.gid);
  return {
    path,
    close() {
      server.close();
      for (const each of open) each.destroy();
      rmSync(path, { force: true });
    },
  };
}
