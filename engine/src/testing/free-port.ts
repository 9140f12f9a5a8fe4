import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { tryName } from "../runner/process-lock.ts";

/** Systems give higher ports to whoever asks for any: from these nobody gets one by chance. */
const [first, end] = [20_000, 32_000];

/**
 * A port of loopback that nobody listens on now. It stays so until it is used: neither a connection
 * nor another server has it as a port that the system chose, and no other process gets it from here
 * while this one runs.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    if ((await tryName(`free-port/${port}`)) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
