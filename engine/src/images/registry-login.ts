import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A user name and password for a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: Buffer;
}

/** Runs `use` with the options that make skopeo log in; the file is in memory only. */
export async function withAuthFile<T>(
  registry: string,
  login: RegistryLogin | undefined,
  use: (options: readonly string[]) => Promise<T>,
): Promise<T> {
  if (!login) return use([]);
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "galley-auth-"));
  try {
    const auth = Buffer.from(`${login.username}:${login.password.toString("utf8")}`);
    const path = join(folder, "auth.json");
    const auths = { [registry]: { auth: auth.toString("base64") } };
    writeFileSync(path, JSON.stringify({ auths }), { mode: 0o600 });
    return await use(["--authfile", path]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
