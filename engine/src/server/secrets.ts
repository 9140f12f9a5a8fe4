import { exec } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import type { SecretReader } from "../graph/context.ts";
import { shortestEverywhere } from "../runner/scrub.ts";
import type { SecretTable } from "../schema/define.ts";
import { parseSecretUri } from "../schema/secret-uri.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Digest } from "../tree/digest.ts";

/** References of secrets that were set by name; others are JSON of an address. */
const setPrefix = "set:";
/** characters of a value's keyed hash in a reference */
const hashLength = 16;

/** The secrets of a session. Plaintext is in memory only, from when it is first read. */
export class Secrets implements SecretReader, SecretTable {
  private readonly byName = new Map<string, Buffer>();
  private readonly known = new Map<string, Buffer>();
  private readonly byAddress = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly cache: CacheFolder,
    private readonly workdir: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /**
   * The reference tells a name's values apart, so that what is made of the later one is made anew;
   * whatever reference is used, the name's newest value is read (secret/set-again).
   */
  set(name: string, plaintext: string): string {
    const bytes = Buffer.from(plaintext);
    this.byName.set(name, bytes);
    this.remember(bytes);
    const hash = createHmac("sha256", machineKey(this.cache)).update(bytes).digest("hex");
    return `${setPrefix}${hash.slice(0, hashLength)}:${name}`;
  }

  async plaintext(reference: string): Promise<Buffer> {
    if (!reference.startsWith(setPrefix)) return this.provided(addressOf(reference).uri);
    const name = nameOf(reference);
    const plaintext = this.byName.get(name);
    if (plaintext) return plaintext;
    throw new ApiError(`secret ${JSON.stringify(name)} was set in another session: set it again`);
  }

  read(): readonly Buffer[] {
    return [...this.known.values()].filter(({ length }) => length >= shortestEverywhere);
  }

  async identity(reference: string): Promise<Digest> {
    const cacheKey = reference.startsWith(setPrefix) ? undefined : addressOf(reference).cacheKey;
    const name = reference.startsWith(setPrefix) ? setPrefix + nameOf(reference) : "";
    const hash = createHmac("sha256", machineKey(this.cache)).update(`${name.length}:${name}`);
    if (cacheKey !== undefined) hash.update(`key:${cacheKey}`);
    else hash.update("plaintext:").update(await this.plaintext(reference));
    return `sha256:${hash.digest("hex")}`;
  }

  /** Each address is read once a session. */
  private provided(uri: string): Promise<Buffer> {
    let plaintext = this.byAddress.get(uri);
    if (!plaintext) {
      plaintext = this.fetch(uri).then((bytes) => this.remember(bytes));
      this.byAddress.set(uri, plaintext);
      plaintext.catch(() => this.byAddress.delete(uri));
    }
    return plaintext;
  }

  private remember(plaintext: Buffer): Buffer {
    this.known.set(plaintext.toString("base64"), plaintext);
    return plaintext;
  }

  private async fetch(uri: string): Promise<Buffer> {
    const { provider, value } = parseSecretUri(uri);
    switch (provider) {
      case "env": {
        const found = this.env[value];
        if (found !== undefined) return Buffer.from(found);
        // The name may be a secret that was given in the wrong place.
        throw new ApiError(`secret env var not found: "${value.slice(0, 3)}..."`);
      }
      case "file":
        return this.readSecretFile(value);
      case "cmd":
        return this.output(value);
    }
  }

  private async readSecretFile(path: string): Promise<Buffer> {
    const file = resolve(this.workdir, path.replace(/^~(?=\/)/u, this.env.HOME ?? homedir()));
    try {
      return await readFile(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === "ENOENT"
          ? "no such file or directory"
          : code === "EACCES"
            ? "permission denied"
            : (error as Error).message;
      throw new ApiError(`failed to read secret file ${JSON.stringify(path)}: ${why}`);
    }
  }

  private output(command: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const options = { cwd: this.workdir, env: this.env, encoding: "buffer" } as const;
      const child = exec(command, options, (error, stdout) => {
        if (!error) return resolve(stdout);
        const how = error.signal ? `signal: ${error.signal}` : `exit status ${error.code}`;
        reject(new ApiError(`failed to run secret command ${JSON.stringify(command)}: ${how}`));
      });
      child.stdin?.end();
    });
  }
}

/** The name in the reference of a secret that was set. */
function nameOf(reference: string): string {
  return reference.slice(setPrefix.length + hashLength + 1);
}

function addressOf(reference: string): { uri: string; cacheKey?: string } {
  return JSON.parse(reference) as { uri: string; cacheKey?: string };
}

const keys = new Map<string, Buffer>();

/** This machine's own random key: hashes of secrets in cache keys tell nothing without it. */
function machineKey(cache: CacheFolder): Buffer {
  const file = join(cache.root, "secret-key");
  const known = keys.get(file);
  if (known) return known;
  const draft = join(cache.tmp, "secret-key");
  writeFileSync(draft, randomBytes(32), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  rmSync(draft);
  const key = readFileSync(file);
  keys.set(file, key);
  return key;
}
