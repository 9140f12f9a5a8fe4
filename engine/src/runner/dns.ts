import { existsSync, readFileSync } from "node:fs";

/** The resolvers that a container can reach: this machine's own, never its loopback stub. */
export function resolvConf(): string {
  const stub = readText("/etc/resolv.conf");
  if (!/^\s*nameserver\s+(?:127\.|::1)/mu.test(stub)) return stub;
  // systemd-resolved's stub listens on loopback only; it writes the real ones beside.
  return readText("/run/systemd/resolve/resolv.conf") || stub;
}

/** `/etc/hosts` of a step: itself, the names that were given to it, and those of other services. */
export function hostsFile(
  hostname: string,
  address: string,
  names: ReadonlyMap<string, string>,
  services: ReadonlyMap<string, string>,
): string {
  const lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"];
  if (address) lines.push(`${address}\t${hostname}`);
  // The first line with a name counts.
  for (const [name, at] of [...names, ...services]) lines.push(`${at}\t${name}`);
  return `${lines.join("\n")}\n`;
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
