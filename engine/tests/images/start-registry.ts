import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** where its files are */
  readonly root: string;
  stop(): void;
}

/** The bcrypt hash of "right-password", for the user robot, as `htpasswd -B` writes it. */
export const robot = "robot:$2y$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS.\n";

/** Starts Debian's docker-registry on loopback; with `htpasswd` it asks for a login. */
export async function startRegistry({ htpasswd = "", disk = "" } = {}): Promise<Registry> {
  const root = mkdtempSync(join(tmpdir(), "registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(root, "registry.yml");
  const passwords = join(root, "htpasswd");
  writeFileSync(passwords, htpasswd);
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error" },
      storage: {
        filesystem: { rootdirectory: disk || join(root, "data") },
        delete: { enabled: true },
      },
      http: { addr: address },
      ...(htpasswd ? { auth: { htpasswd: { realm: "test", path: passwords } } } : {}),
    }),
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  for (let tries = 0; !(await answers(address)); tries++) {
    if (tries > 100) throw new Error("docker-registry did not start");
    await sleep(100);
  }
  return {
    address,
    root,
    stop() {
      child.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function answers(address: string): Promise<boolean> {
  return fetch(`http://${address}/v2/`).then(
    ({ status }) => status < 500,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
    });
  });
}
