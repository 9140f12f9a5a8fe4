import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningService } from "../../runner/services.ts";
import type { Digest } from "../../tree/digest.ts";
import type { Context } from "../context.ts";
import { type GitCommand, git } from "./command.ts";

/** A repository that is reached over the network, and how one logs in there. */
export interface Remote {
  readonly url: string;
  /** contents of a known_hosts file (default: this machine's own) */
  readonly knownHosts?: string;
  /** socket of an SSH agent (default: this machine's own) */
  readonly agent?: string;
  readonly username?: string;
  /** secrets by what stands for them: a password, or the whole Authorization header */
  readonly token?: string;
  readonly header?: string;
}

/** What one kind of use of git sets beside this machine's own settings. */
type Access = Pick<GitCommand, "config" | "env" | "fine">;

/** Nothing of this machine, and no repository: what compares and patches files takes neither. */
export const alone: Access = {
  config: [],
  env: { GIT_DIR: "/dev/null", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
};

/** Runs git commands in a fresh folder, as one activity. */
export async function withGit<T>(
  title: string,
  key: Digest,
  context: Context,
  use: (run: (...args: string[]) => Promise<string>, folder: string) => Promise<T>,
  access: (folder: string) => Promise<Access> = async () => ({ config: [], env: {} }),
): Promise<T> {
  const folder = mkdtempSync(join(context.cache.tmp, "git-"));
  const activity = context.events.begin("fetch", title, key);
  try {
    const settings = await access(folder);
    const { signal } = context;
    const work = join(folder, "work");
    const run = (...args: string[]) => git(args, { ...settings, cwd: folder, signal, activity });
    const result = await use(run, work);
    activity.end({ kind: "done" });
    return result;
  } catch (error) {
    const message = (error as Error).message;
    activity.end(context.signal.aborted ? { kind: "cancelled" } : { kind: "failed", message });
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What lets git log in at a remote; files that it takes are in the folder. */
export function accessTo(remote: Remote, context: Context) {
  return async (folder: string): Promise<Access> => {
    const config: (readonly [string, string])[] = [];
    const env: Record<string, string> = {};
    const header = await authorization(remote, context);
    // Only there: what a redirect or a submodule leads to is another's.
    if (header)
      config.push([`http.${originOf(remote.url)}.extraHeader`, `Authorization: ${header}`]);
    if (remote.agent) env.SSH_AUTH_SOCK = remote.agent;
    if (remote.knownHosts) {
      const file = join(folder, "known_hosts");
      writeFileSync(file, `${remote.knownHosts}\n`, { mode: 0o600 });
      env.GIT_SSH_COMMAND = `ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${file}`;
    }
    return { config, env };
  };
}

async function authorization(remote: Remote, { secrets }: Context): Promise<string | undefined> {
  if (remote.token) {
    const password = (await secrets.plaintext(remote.token)).toString("utf8");
    const login = `${remote.username || "x-access-token"}:${password}`;
    return `basic ${Buffer.from(login).toString("base64")}`;
  }
  if (!remote.header) return undefined;
  return (await secrets.plaintext(remote.header)).toString("utf8");
}

function originOf(url: string): string {
  return /^\w+:\/\/[^/?#]*/u.exec(url)?.[0].replace(/\/\/[^@/]*@/u, "//") ?? url;
}

/** Where git finds it: names of services are known in containers only. */
export function addressOf({ url }: Remote, service: RunningService | undefined): string {
  return service ? url.replace(`//${service.hostname}`, `//${service.address}`) : url;
}
