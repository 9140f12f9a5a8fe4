import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../engine/src/testing/free-port.ts";

export interface SshServer {
  readonly port: number;
  /** file of the private key that every user may log in with */
  readonly key: string;
  /** the server's own public key, as known_hosts has it */
  readonly hostKey: string;
  stop(): void;
}

/** Starts OpenSSH's server on an address of this machine. */
export async function startSshServer(address = "127.0.0.1"): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), "sshd-"));
  const path = (name: string) => join(folder, name);
  // The public key is read as whoever logs in.
  chmodSync(folder, 0o755);
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path(name)]);
  }
  const port = await freePort();
  const settings = [
    `ListenAddress ${address}:${port}`,
    `HostKey ${path("host")}`,
    `AuthorizedKeysFile ${path("user.pub")}`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "PasswordAuthentication no",
  ];
  writeFileSync(path("config"), `${settings.join("\n")}\n`);
  mkdirSync("/run/sshd", { recursive: true });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", path("config")], { stdio: "ignore" });
  for (let tries = 0; !(await answers(address, port)); tries++) {
    if (tries > 100) throw new Error("sshd did not start");
    await sleep(50);
  }
  return {
    port,
    key: path("user"),
    hostKey: readFileSync(path("host.pub"), "utf8").trim(),
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
