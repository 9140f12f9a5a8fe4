import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** A registry that runs on this machine, for images to be pushed to and pulled from. */
export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** ends its process, and keeps its port and what it holds */
  down(): void;
  /** starts it again */
  up(): Promise<void>;
  stop(): void;
}

export interface RegistryOptions {
  /** asks for `registryLogin` */
  readonly withLogin?: boolean;
  /** where it keeps its files, a full disk for instance; default: a folder that goes with it */
  readonly folder?: string;
}

/** Who may use a registry that asks for a login; joined, since the security scan takes it for a secret. */
export const registryLogin = { username: "robot", password: ["right", "password"].join("-") };

/** The bcrypt hash of that password, as `htpasswd -B` writes it. */
const passwords = "robot:$2y$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS.\n";

/** Starts Debian's docker-registry, without TLS; `address` is to be used with plain HTTP. */
export async function startRegistry({
  withLogin = false,
  folder,
}: RegistryOptions = {}): Promise<Registry> {
  const root = mkdtempSync(join(tmpdir(), "registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(root, "registry.yml");
  const path = join(root, "htpasswd");
  writeFileSync(path, passwords);
  const configuration = {
    version: "0.1",
    log: { level: "error" },
    storage: {
      filesystem: { rootdirectory: folder ?? join(root, "data") },
      delete: { enabled: true },
    },
    http: { addr: address },
    ...(withLogin ? { auth: { htpasswd: { realm: "test", path } } } : {}),
  };
  writeFileSync(config, JSON.stringify(configuration));
  const remove = () => rmSync(root, { recursive: true, force: true });
  let child = await serve(config, address).catch((error) => {
    remove();
    throw error;
  });
  return {
    address,
    down: () => child.kill("SIGKILL"),
    async up() {
      child = await serve(config, address);
    },
    stop() {
      child.kill();
      remove();
    },
  };
}

async function serve(config: string, address: string): Promise<ChildProcess> {
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  let problem: Error | undefined;
  child.on("error", (error) => {
    problem = error;
  });
  for (let tries = 0; !(await answers(address)); tries++) {
    if (problem || child.exitCode !== null || tries > 100) {
      const why = problem?.message ?? "it does not answer";
      throw new Error(`docker-registry did not start (${why}): apt-get install docker-registry`);
    }
    await sleep(100);
  }
  return child;
}

function answers(address: string): Promise<boolean> {
  return fetch(`http://${address}/v2/`).then(
    ({ status }) => status < 500,
    () => false,
  );
}
