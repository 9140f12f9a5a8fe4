import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Held {
  readonly ID: string;
}

interface Gate {
  readonly opened: Promise<void>;
  readonly arrived: Promise<void>;
  open(): void;
  arrive(): void;
}

/** Backends for Terraform's state over HTTP, with real locks, on a port of this machine's loopback. */
export class StateBackend {
  /** states and locks by path, as Terraform sent them */
  readonly states = new Map<string, string>();
  readonly locks = new Map<string, string>();
  /** paths whose states cannot be written now */
  readonly broken = new Set<string>();
  /** called after a lock was asked for */
  onLock: (path: string, isGranted: boolean) => void = () => {};
  address = "";
  private readonly gates = new Map<string, Gate>();

  private readonly server = createServer((request, response) => {
    const path = request.url?.replace(/\?.*$/u, "") ?? "";
    let body = "";
    request.on("data", (bytes: Buffer) => {
      body += bytes.toString("utf8");
    });
    request.on("end", () => {
      const gate = this.gates.get(path);
      if (gate) {
        gate.arrive();
        void gate.opened.then(() => response.end());
        return;
      }
      const [status, text = ""] = this.answer(request.method ?? "", path, body);
      response.writeHead(status).end(text);
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** A path that answers only once it is opened, and tells when it is asked. */
  gate(path: string): Gate {
    let open = () => {};
    let arrive = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const gate = { opened, arrived, open, arrive };
    this.gates.set(path, gate);
    return gate;
  }

  private answer(method: string, path: string, body: string): [number, string?] {
    const held = this.locks.get(path);
    const state = this.states.get(path);
    switch (method) {
      case "GET":
        return state === undefined ? [404] : [200, state];
      case "POST":
        if (this.broken.has(path)) return [507, "no space left"];
        this.states.set(path, body);
        return [200];
      case "LOCK":
        if (held === undefined) this.locks.set(path, body);
        this.onLock(path, held === undefined);
        return held === undefined ? [200] : [423, held];
      case "UNLOCK":
        // force-unlock sends no body of its own.
        if (held !== undefined && body !== "" && idOf(body) !== idOf(held)) return [409, held];
        this.locks.delete(path);
        return [200];
      default:
        return [405];
    }
  }
}

function idOf(lock: string): string {
  return (JSON.parse(lock) as Held).ID;
}
