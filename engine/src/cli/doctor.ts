import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defaultCacheRoot, openCacheFolder } from "../cache-folder.ts";

/** One thing that galley needs of the machine. */
interface Need {
  readonly name: string;
  /** undefined when it is there; otherwise what is wrong */
  check(): string | undefined;
  /** the command, or the step, that mends it */
  readonly mend: string;
  /** without it most still works */
  readonly optional?: boolean;
}

const searchPath = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

const needs: readonly Need[] = [
  {
    name: "Linux",
    check: () => (process.platform === "linux" ? undefined : `this is ${process.platform}`),
    mend: "run galley on Linux, or in a virtual machine with Linux",
  },
  {
    name: "Node.js 20.19 or newer",
    check: () => (isNewEnough(process.versions.node) ? undefined : `this is ${process.version}`),
    mend: "install a newer Node.js",
  },
  {
    name: "root",
    check: () => (process.getuid?.() === 0 ? undefined : `user ${process.getuid?.()}`),
    mend: "sudo galley …",
  },
  {
    name: "overlayfs",
    check: () =>
      readText("/proc/filesystems").includes("\toverlay\n") ? undefined : "not in this kernel",
    mend: "modprobe overlay",
  },
  program("crun", "crun"),
  program("unshare", "util-linux"),
  program("setpriv", "util-linux"),
  program("ip", "iproute2"),
  program("iptables", "iptables"),
  file("/usr/bin/tini-static", "tini"),
  file("/usr/lib/cni/bridge", "containernetworking-plugins"),
  file("/usr/lib/cni/host-local", "containernetworking-plugins"),
  file("/usr/share/containers/seccomp.json", "golang-github-containers-common"),
  program("skopeo", "skopeo", true),
  program("getfattr", "attr", true),
  program("mmdebstrap", "mmdebstrap", true),
  { ...file("/bin/busybox", "busybox-static"), optional: true },
  {
    name: "cache folder",
    check: () => unusable(defaultCacheRoot()),
    mend: "make it writable, or name another one in GALLEY_CACHE",
  },
  {
    name: "space for the cache",
    check: () => tooFull(defaultCacheRoot()),
    mend: "free some space, or name a folder on another disk in GALLEY_CACHE",
  },
];

/** `galley doctor`: a line for each need; exit code 1 when an essential one is not met. */
export async function doctor(_argv: readonly string[] = []): Promise<number> {
  let failed = false;
  for (const need of needs) {
    const wrong = safely(need);
    if (wrong === undefined) {
      process.stdout.write(`ok       ${need.name}\n`);
      continue;
    }
    if (!need.optional) failed = true;
    const word = need.optional ? "optional" : "MISSING ";
    process.stdout.write(`${word} ${need.name}: ${wrong}; to mend it: ${need.mend}\n`);
  }
  return failed ? 1 : 0;
}

function safely(need: Need): string | undefined {
  try {
    return need.check();
  } catch (error) {
    return (error as Error).message;
  }
}

function program(name: string, debianPackage: string, optional = false): Need {
  return {
    name,
    check: () => {
      const found = searchPath.split(delimiter).some((folder) => existsSync(join(folder, name)));
      return found ? undefined : "not on the PATH";
    },
    mend: `apt-get install ${debianPackage}`,
    optional,
  };
}

function file(path: string, debianPackage: string): Need {
  return {
    name: path,
    check: () => (existsSync(path) ? undefined : "not there"),
    mend: `apt-get install ${debianPackage}`,
  };
}

function unusable(root: string): string | undefined {
  openCacheFolder(root);
  try {
    accessSync(root, constants.W_OK);
    return undefined;
  } catch {
    return `${root} cannot be written`;
  }
}

/** The stand-ins, tools and dependencies of a project of three services take about 4 GB. */
const enough = 5 * 1024 ** 3; // bytes

function tooFull(root: string): string | undefined {
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  return free >= enough ? undefined : `${(free / 1024 ** 3).toFixed(1)} GB free at ${root}`;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
