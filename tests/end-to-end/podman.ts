import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tryName } from "../../engine/src/runner/process-lock.ts";

/** A host of containers of its own: Podman with its own storage, behind a Docker-compatible socket. */
export interface Podman {
  readonly socket: string;
  /** runs podman on the same storage; its standard output */
  run(...args: readonly string[]): string;
  /** the files of a volume, by name */
  volume(name: string): Readonly<Record<string, string>>;
  /** its name server answers nothing any more, until what this gives is called */
  silenceNames(): () => void;
  /** removes everything that is on it, then itself */
  stop(): void;
}

/** What Podman asks of runc, a machine may not be able to give: more open files than it has. */
const runc = `#!/bin/sh
before=""
for argument in "$@"; do
  case "$before" in
    --bundle) file="$argument/config.json" ;;
    --process) file="$argument" ;;
    *) file="" ;;
  esac
  [ -z "$file" ] || sed -i 's/"rlimits":\\[[^]]*\\]/"rlimits":[]/' "$file"
  before="$argument"
done
exec runc "$@"
`;

/**
 * Bridges are the machine's, and Podman calls its own podman0, podman1, …: each host here has other
 * names. A bridge without an address of its own has the lowest one of its containers', and loses
 * packets when that container goes.
 */
const netavark = (bridge: string) => `#!/bin/sh
sed 's/"network_interface":"podman/"network_interface":"${bridge}/g' | ${helpers}/netavark "$@" || exit
case "$*" in
  *" setup "*)
    for each in /sys/class/net/${bridge}*; do
      ip link set dev "\${each##*/}" address "$(cat "$each/address")"
    done ;;
esac
`;
const helpers = "/usr/lib/podman";

/** The first number that no other host of containers on this machine has. */
async function ownNumber(): Promise<number> {
  for (let number = 0; ; number++) if (await tryName(`podman/${number}`)) return number;
}

/**
 * What Podman keeps of networks below /run is one place for all on a machine: each has its own. The
 * shell stays, as the one whose mounts these are: Podman's own process may be left in those of a
 * container that a file was copied into.
 */
const alone = `mkdir -p /run/containers && mount -t tmpfs tmpfs /run/containers || exit
"$@" &
trap "kill $!" TERM
wait $!`;

/**
 * Starts Podman's service.
 *
 * @param registry `127.0.0.1:PORT` of a registry without TLS
 * @param disk a folder for its storage (default: one of its own)
 */
export async function startPodman(registry: string, disk = ""): Promise<Podman> {
  const folder = mkdtempSync(join(tmpdir(), "podman-"));
  const path = (name: string) => join(folder, name);
  for (const name of ["networks", "helpers"]) mkdirSync(path(name));
  const number = await ownNumber();
  writeFileSync(path("runc"), runc, { mode: 0o755 });
  writeFileSync(path("helpers/netavark"), netavark(`kitchen${number}x`), { mode: 0o755 });
  // Networks of galley's have lower addresses.
  const pool = `10.${202 + Math.floor(number / 16)}.${16 * (number % 16)}.0/20`;
  writeFileSync(
    path("containers.conf"),
    // Another program of the machine may have the port of name servers.
    `[network]\nnetwork_backend = "netavark"\ndns_bind_port = 1153\n` +
      `network_config_dir = "${path("networks")}"\ndefault_subnet = "10.201.${number}.0/24"\n` +
      `default_subnet_pools = [{"base" = "${pool}", "size" = 24}]\n` +
      `[engine]\nhelper_binaries_dir = ["${path("helpers")}", "${helpers}"]\n` +
      `cgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "kitchen"\n` +
      `exit_command_delay = 10\n` +
      `[engine.runtimes]\nkitchen = ["${path("runc")}"]\n`,
  );
  writeFileSync(
    path("registries.conf"),
    `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`,
  );
  const storage = disk || path("storage");
  const own = ["--root", storage, "--runroot", path("run"), "--tmpdir", path("tmp")];
  const env = {
    ...process.env,
    CONTAINERS_CONF: path("containers.conf"),
    CONTAINERS_REGISTRIES_CONF: path("registries.conf"),
    TMPDIR: disk || tmpdir(),
  };
  const socket = path("podman.sock");
  const service = [...own, "system", "service", "--time=0", `unix://${socket}`];
  const log = openSync(path("service.log"), "w");
  const child = spawn("unshare", ["--mount", "sh", "-c", alone, "sh", "podman", ...service], {
    env,
    stdio: ["ignore", "ignore", log],
  });
  closeSync(log);
  const said = () => readFileSync(path("service.log"), "utf8").slice(-2000);
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries > 300 || child.exitCode !== null)
      throw new Error(`podman's service did not start: ${said()}`);
    await sleep(100);
  }
  const run = (...args: readonly string[]) => {
    const inside = ["--mount", "--target", `${child.pid}`, "podman", ...own, ...args];
    const { stdout, stderr, status } = spawnSync("nsenter", inside, { env, encoding: "utf8" });
    if (status !== 0)
      throw new Error(`podman ${args.join(" ")}: ${stderr}; its service: ${said()}`);
    return stdout.trim();
  };
  return {
    socket,
    run,
    volume(name) {
      const data = join(storage, "volumes", name, "_data");
      const files = readdirSync(data);
      return Object.fromEntries(
        files.map((file) => [file, readFileSync(join(data, file), "utf8")]),
      );
    },
    silenceNames() {
      const file = `/proc/${child.pid}/root/run/containers/networks/aardvark-dns/aardvark.pid`;
      const pid = Number(readFileSync(file, "utf8"));
      process.kill(pid, "SIGSTOP");
      return () => process.kill(pid, "SIGCONT");
    },
    stop() {
      try {
        run("rm", "--force", "--all", "--volumes", "--time", "0");
        run("network", "prune", "--force");
        run("volume", "prune", "--force");
      } finally {
        child.kill();
        // It may still write while it ends.
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}
