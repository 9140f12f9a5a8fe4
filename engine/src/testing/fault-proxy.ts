import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What becomes of a request on its way:
 * - `pass`: nothing
 * - `500`, `503`: it is answered so
 * - `drop`: its connection is closed without an answer
 * - `cut`: its connection is closed in the middle of what is sent, or of what is answered
 * - `hang`: it is never answered
 * - `slow`: it is answered half a second later
 * - `corrupt`: the first byte of each piece of the answer is another one
 * - `html`: the page of a login, as networks of hotels and offices answer
 */
export type Fault = "pass" | "500" | "503" | "drop" | "cut" | "hang" | "slow" | "corrupt" | "html";

/** Something between a client and a server that is not always well. */
export interface FaultProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** how many requests met a fault */
  faults(): number;
  close(): void;
}

/** Chooses what becomes of a request; `count` of them came before it. */
export type ChooseFault = (method: string, path: string, count: number) => Fault;

/** Starts a proxy on loopback before a server that speaks plain HTTP at `HOST:PORT`, a registry for instance. */
export async function startFaultProxy(server: string, choose: ChooseFault): Promise<FaultProxy> {
  let count = 0;
  let faults = 0;
  const proxy = createServer((asked, answer) => {
    const fault = choose(asked.method ?? "", asked.url ?? "", count++);
    if (fault !== "pass") faults++;
    meet(fault, server, asked, answer);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    faults: () => faults,
    close() {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

async function meet(
  fault: Fault,
  server: string,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  switch (fault) {
    case "500":
    case "503":
      asked.resume();
      answer.writeHead(Number(fault)).end();
      return;
    case "drop":
      asked.destroy();
      return;
    case "cut":
      if (asked.method === "GET") return pass(server, asked, answer, cutShort(answer));
      asked.once("data", () => asked.destroy());
      asked.once("end", () => asked.destroy());
      return;
    case "hang":
      asked.resume();
      return;
    case "html":
      asked.resume();
      answer.writeHead(200, { "Content-Type": "text/html" }).end("<html>Please log in</html>");
      return;
    case "slow":
      await sleep(500);
      return pass(server, asked, answer, (chunk) => chunk);
    case "corrupt":
      return pass(server, asked, answer, (chunk) => Buffer.from(chunk).fill(0x20, 0, 1));
    case "pass":
      return pass(server, asked, answer, (chunk) => chunk);
  }
}

/** Half of the first piece, and the end of the connection. */
function cutShort(answer: ServerResponse): (chunk: Buffer) => Buffer {
  // A short answer may have ended by then, and its connection would be kept for the next one.
  const { socket } = answer;
  return (chunk) => {
    setImmediate(() => socket?.destroy());
    return chunk.subarray(0, chunk.length >> 1);
  };
}

function pass(
  server: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  change: (chunk: Buffer) => Buffer,
): void {
  const [host, port] = server.split(":");
  // The server names itself in redirects by what the client called it.
  const to = request(
    { host, port, method: asked.method, path: asked.url, headers: asked.headers },
    (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.on("data", (chunk: Buffer) => answer.destroyed || answer.write(change(chunk)));
      from.on("end", () => answer.end());
    },
  );
  to.on("error", () => answer.destroy());
  asked.on("error", () => to.destroy());
  asked.pipe(to);
}
