import { join, resolve } from "node:path";
import type { Session } from "./define.ts";

/** A path of the host, relative to where the command runs; `~` is the client's home. */
export function hostPath(path: string, session: Session): string {
  const home = session.env.HOME;
  const full = home && /^~(?:\/|$)/u.test(path) ? join(home, path.slice(1)) : path;
  return resolve(session.workdir, full);
}
