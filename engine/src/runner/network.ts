import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { isAlive, processIdentity } from "../cache-folder.ts";

/** Where Debian's containernetworking-plugins puts them. */
const pluginFolder = "/usr/lib/cni";
const bridge = "galley0";
const namespaces = "/run/netns";
const addresses = "/run/galley/addresses";

/** A network namespace on galley's bridge. */
export interface Slot {
  readonly name: string;
  readonly path: string;
  address: string;
}

/** Number of namespaces that this process has made, for all its sessions. */
let made = 0;

/**
 * Network namespaces for steps: made by CNI's bridge plugin when they are first needed, used by one
 * step after the other, removed at the end of the session.
 */
export class Network {
  private readonly free: Slot[] = [];
  private readonly all: Slot[] = [];
  private swept = false;

  async acquire(): Promise<Slot> {
    return this.free.pop() ?? (await this.add());
  }

  release(slot: Slot): void {
    this.free.push(slot);
  }

  async close(): Promise<void> {
    await Promise.all(this.all.splice(0).map(remove));
    this.free.length = 0;
  }

  private async add(): Promise<Slot> {
    if (!this.swept) {
      this.swept = true;
      await sweepNamespaces();
    }
    const name = `galley-${processIdentity(process.pid)}-${made++}`;
    // Reserves the name before anything is awaited: two steps may ask at the same time.
    const slot = { name, path: join(namespaces, name), address: "" };
    this.all.push(slot);
    await run("ip", ["netns", "add", name]);
    await run("ip", ["-netns", name, "link", "set", "lo", "up"]);
    const answer = await cni("ADD", name);
    slot.address = answer.ips[0]?.address.split("/")[0] ?? "";
    return slot;
  }
}

/** Removes what killed sessions left. */
async function sweepNamespaces(): Promise<void> {
  if (!existsSync(namespaces)) return;
  const ours = readdirSync(namespaces).filter((name) => name.startsWith("galley-"));
  const dead = ours.filter((name) => !isAlive(name.split("-").slice(1, 3).join("-")));
  await Promise.all(
    dead.map((name) => remove({ name, path: join(namespaces, name), address: "" })),
  );
}

async function remove(slot: Slot): Promise<void> {
  await cni("DEL", slot.name).catch(() => undefined);
  await run("ip", ["netns", "delete", slot.name]).catch(() => undefined);
}

const resultSchema = z.object({ ips: z.array(z.object({ address: z.string() })).default([]) });

async function cni(command: "ADD" | "DEL", name: string): Promise<z.infer<typeof resultSchema>> {
  mkdirSync(addresses, { recursive: true });
  const configuration = {
    cniVersion: "0.4.0",
    name: "galley",
    type: "bridge",
    bridge,
    isGateway: true,
    ipMasq: true,
    ipam: {
      type: "host-local",
      dataDir: addresses,
      ranges: [[{ subnet: subnet() }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  const environment = {
    ...process.env,
    PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
    CNI_COMMAND: command,
    CNI_CONTAINERID: name,
    CNI_NETNS: join(namespaces, name),
    CNI_IFNAME: "eth0",
    CNI_PATH: pluginFolder,
  };
  const text = await run(join(pluginFolder, "bridge"), [], environment, configuration);
  return resultSchema.parse(text.trim() === "" ? {} : JSON.parse(text));
}

/** A subnet that this machine has no route to; the bridge keeps the one that it has. */
function subnet(): string {
  const routes = readFileSync("/proc/net/route", "utf8").split("\n").slice(1);
  const taken = new Set<string>();
  for (const line of routes) {
    const [device, destination] = line.split("\t");
    if (!device || !destination) continue;
    const octets = [6, 4, 2, 0].map((at) => Number.parseInt(destination.slice(at, at + 2), 16));
    const prefix = `${octets[0]}.${octets[1]}`;
    if (device === bridge) return `${prefix}.0.0/16`;
    taken.add(prefix);
  }
  for (let second = 87; second < 127; second++) {
    if (!taken.has(`10.${second}`)) return `10.${second}.0.0/16`;
  }
  throw new Error("no free network between 10.87.0.0/16 and 10.126.0.0/16 for containers");
}

function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  input?: object,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { env }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const detail = [stdout, stderr].join(" ").trim() || error.message;
      reject(new Error(`containers' network: ${file} ${args.join(" ")}: ${detail}`));
    });
    child.stdin?.on("error", () => undefined); // who needs no input may end before it is written
    child.stdin?.end(input ? JSON.stringify(input) : "");
  });
}
