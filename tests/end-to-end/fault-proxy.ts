import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What a proxy does to a request: nothing (`pass`), or something that goes wrong on the way. */
export type Fault = "pass" | "500" | "cut" | "slow" | "corrupt" | "html";

export interface FaultProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** requests that met a fault */
  faults(): number;
  close(): void;
}

/** A proxy before a registry on loopback; `choose` says for each request what happens to it. */
export async function faultProxy(
  registry: string,
  choose: (method: string, path: string, count: number) => Fault,
): Promise<FaultProxy> {
  let count = 0;
  let faults = 0;
  const server = createServer((asked, answer) => {
    const fault = choose(asked.method ?? "", asked.url ?? "", count++);
    if (fault !== "pass") faults++;
    meet(fault, registry, asked, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    faults: () => faults,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function meet(
  fault: Fault,
  registry: string,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  switch (fault) {
    case "500":
      asked.resume();
      answer.writeHead(500).end();
      return;
    case "cut":
      // In the middle of what is sent.
      asked.once("data", () => asked.destroy());
      asked.once("end", () => asked.destroy());
      return;
    case "html":
      asked.resume();
      answer.writeHead(200, { "Content-Type": "text/html" }).end("<html>Please log in</html>");
      return;
    case "slow":
      await sleep(500);
      return pass(registry, asked, answer, (chunk) => chunk);
    case "corrupt":
      return pass(registry, asked, answer, (chunk) => Buffer.from(chunk).fill(0x20, 0, 1));
    case "pass":
      return pass(registry, asked, answer, (chunk) => chunk);
  }
}

function pass(
  registry: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  change: (chunk: Buffer) => Buffer,
): void {
  const [host, port] = registry.split(":");
  // The registry names itself in redirects by what the client called it.
  const to = request(
    { host, port, method: asked.method, path: asked.url, headers: asked.headers },
    (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.on("data", (chunk: Buffer) => answer.write(change(chunk)));
      from.on("end", () => answer.end());
    },
  );
  to.on("error", () => answer.destroy());
  asked.on("error", () => to.destroy());
  asked.pipe(to);
}
