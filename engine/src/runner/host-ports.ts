import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { ownName, socketFolders } from "./leftovers.ts";
import type { Network } from "./network.ts";
import { relay } from "./relay.ts";
import type { Listening } from "./services.ts";

/** A port of this machine, and the port at which containers find it. */
export interface HostPort {
  readonly frontend: number;
  readonly backend: number;
}

const sockets = socketFolders.ports;
let made = 0;

/** Listens in a network namespace and passes each connection on to a socket of the file system. */
const passOn = `
const { connect, createServer } = require("node:net");
const [port, path] = process.argv.slice(1);
createServer({ allowHalfOpen: true }, (from) => {
  const to = connect({ path, allowHalfOpen: true });
  for (const each of [from, to]) each.on("error", () => { from.destroy(); to.destroy(); });
  from.pipe(to).pipe(from);
}).listen(Number(port), "0.0.0.0");
`;

/**
 * Ports of this machine for containers, at an address of their own. Only this process talks to the
 * machine's port; what listens inside the namespace ends with it.
 */
export function hostPorts(
  host: string,
  ports: readonly HostPort[],
  network: Network,
  signal: AbortSignal,
): Listening {
  const servers: Server[] = [];
  const children: ChildProcess[] = [];
  const paths: string[] = [];
  const slot = network.acquire();
  const end = () => {
    for (const server of servers.splice(0)) server.close();
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const path of paths.splice(0)) rmSync(path, { force: true });
  };
  signal.addEventListener("abort", end, { once: true });
  return {
    at: slot.then(({ address, name }) => {
      mkdirSync(sockets, { recursive: true });
      for (const { frontend, backend } of ports) {
        const path = join(sockets, ownName(made++));
        paths.push(path);
        rmSync(path, { force: true });
        const server = createServer({ allowHalfOpen: true }, (from) => {
          relay(from, connect({ host, port: backend, allowHalfOpen: true }));
        });
        servers.push(server.listen(path));
        children.push(
          spawn(
            "setpriv",
            [
              ...["--pdeathsig", "KILL", "ip", "netns", "exec", name],
              ...[process.execPath, "-e", passOn, `${frontend}`, path],
            ],
            { stdio: "ignore", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
          ).on("error", () => undefined),
        );
      }
      return { address };
    }),
    ended: new Promise(() => undefined),
    async stop() {
      signal.removeEventListener("abort", end);
      end();
      network.release(await slot);
    },
  };
}
