import { connect, createServer, type Server, type Socket } from "node:net";
import { relay } from "./relay.ts";
import type { Listening, RunningService } from "./services.ts";

/** A port of this machine that leads to one of a service; 0 is any that is free. */
export interface TunnelPort {
  readonly frontend: number;
  readonly backend: number;
}

/** Ports of this machine that lead to a service, for as long as that runs. */
export function openTunnel(upstream: RunningService, ports: readonly TunnelPort[]): Listening {
  const servers: Server[] = [];
  const open = new Set<Socket>();
  const close = () => {
    for (const server of servers.splice(0)) server.close();
    for (const each of open) each.destroy();
  };
  const listening = Promise.all(
    ports.map(async ({ frontend, backend }) => {
      const server = createServer({ allowHalfOpen: true }, (from) => {
        const to = connect({ host: upstream.address, port: backend, allowHalfOpen: true });
        for (const each of [from, to]) {
          open.add(each);
          each.on("close", () => open.delete(each));
        }
        relay(from, to);
      });
      servers.push(server);
      return { frontend: await listen(server, frontend), backend };
    }),
  );
  listening.catch(close);
  return {
    at: listening.then((forwards) => ({ address: "127.0.0.1", forwards })),
    ended: upstream.ended.finally(close),
    async stop() {
      close();
    },
  };
}

/** On every address of the machine, as Dagger does. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ code = "" }: NodeJS.ErrnoException) => {
      const words = new Map([
        ["EADDRINUSE", "address already in use"],
        ["EACCES", "permission denied"],
      ]);
      reject(
        new Error(
          `host to container: listen tcp 0.0.0.0:${port}: bind: ${words.get(code) ?? code}`,
        ),
      );
    });
    server.listen(port, "0.0.0.0", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
