import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An address that containers reach as they reach any other machine's: no port of theirs, no service. */
export interface OwnAddress {
  readonly address: string;
  /** certificates of the machine, and the one of what answers here by TLS */
  readonly certificates: string;
  /** answers by TLS, and asks a server of 127.0.0.1: `ADDRESS:PORT` */
  withTls(server: string): Promise<string>;
  stop(): void;
}

/** Gives the machine one more address, out of those that are for tests (RFC 2544). */
export function takeOwnAddress(): OwnAddress {
  const address = `198.18.${(process.pid >> 8) & 255}.${process.pid & 255}`;
  execFileSync("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
  const folder = mkdtempSync(join(tmpdir(), "address-"));
  const path = (name: string) => join(folder, name);
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const about = ["-days", "2", "-subj", "/CN=test", "-addext", `subjectAltName=IP:${address}`];
  const files = ["-keyout", path("key.pem"), "-out", path("certificate.pem")];
  execFileSync("openssl", [...made, ...about, ...files], { stdio: "ignore" });
  const [key, cert] = [readFileSync(path("key.pem")), readFileSync(path("certificate.pem"))];
  const known = process.env.SSL_CERT_FILE ?? "/etc/ssl/certs/ca-certificates.crt";
  writeFileSync(path("all.pem"), Buffer.concat([readFileSync(known), cert]));
  const servers: { close(): void; closeAllConnections(): void }[] = [];
  return {
    address,
    certificates: path("all.pem"),
    async withTls(server) {
      const front = createServer({ key, cert }, (asked, answer) => {
        const headers = { ...asked.headers, "x-forwarded-proto": "https" };
        const { method, url } = asked;
        const behind = request(`http://${server}${url}`, { method, headers, setHost: false });
        behind.on("response", (given) => {
          answer.writeHead(given.statusCode ?? 502, given.headers);
          given.pipe(answer);
        });
        behind.on("error", () => answer.destroy());
        asked.pipe(behind);
      });
      servers.push(front);
      await new Promise<void>((resolve) => front.listen(0, address, resolve));
      return `${address}:${(front.address() as AddressInfo).port}`;
    },
    stop() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      execFileSync("ip", ["address", "del", `${address}/32`, "dev", "lo"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
