import { seccompFor } from "./seccomp.ts";
import type { User } from "./users.ts";

/** A bind or special mount of the runtime specification. */
export interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface SpecOptions {
  readonly rootfs: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: User;
  readonly hostname: string;
  readonly mounts: readonly SpecMount[];
  /** path of the network namespace; none means one of its own with nothing in it */
  readonly network: string | undefined;
  readonly allCapabilities: boolean;
  /** what else the specification says of its seccomp filter */
  readonly filter: object;
  /** most open files: not above what this process may have */
  readonly openFiles: number;
}

/** What Docker gives a container that asks for nothing. */
const defaultCapabilities = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

const allCapabilities = [
  ...defaultCapabilities,
  "CAP_SYS_ADMIN",
  "CAP_SYS_PTRACE",
  "CAP_NET_ADMIN",
  "CAP_DAC_READ_SEARCH",
  "CAP_SYS_MODULE",
  "CAP_SYS_TIME",
  "CAP_SYS_NICE",
  "CAP_IPC_LOCK",
  "CAP_LINUX_IMMUTABLE",
  "CAP_SYSLOG",
];

const profiles = new Map<boolean, object>();

/** The configuration of one container (OCI runtime specification 1.0, `config.json`). */
export function runtimeSpec(options: SpecOptions): object {
  const capabilities = options.allCapabilities ? allCapabilities : defaultCapabilities;
  const { uid, gid, additionalGids } = options.user;
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid, gid, additionalGids },
      args: options.argv,
      env: options.env,
      cwd: options.cwd,
      capabilities: {
        bounding: capabilities,
        permitted: capabilities,
        effective: capabilities,
      },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: options.openFiles, soft: options.openFiles }],
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    root: { path: options.rootfs, readonly: false },
    hostname: options.hostname,
    ...(options.allCapabilities ? {} : options.filter),
    mounts: [...standardMounts(options.allCapabilities), ...options.mounts],
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        options.network ? { type: "network", path: options.network } : { type: "network" },
      ],
      ...(options.allCapabilities ? {} : { seccomp: profile(capabilities), ...guardedPaths }),
      resources: { devices: [{ allow: options.allCapabilities, access: "rwm" }] },
    },
  };
}

function profile(capabilities: readonly string[]): object {
  let known = profiles.get(false);
  if (!known) {
    known = seccompFor(capabilities);
    profiles.set(false, known);
  }
  return known;
}

function standardMounts(writable: boolean): SpecMount[] {
  const mount = (destination: string, type: string, source: string, options: string[]) => ({
    destination,
    type,
    source,
    options,
  });
  const safe = ["nosuid", "noexec", "nodev"];
  return [
    mount("/proc", "proc", "proc", safe),
    mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", "devpts", [
      "nosuid",
      "noexec",
      "newinstance",
      "ptmxmode=0666",
      "mode=0620",
      "gid=5",
    ]),
    mount("/dev/shm", "tmpfs", "shm", [...safe, "mode=1777", "size=65536k"]),
    mount("/dev/mqueue", "mqueue", "mqueue", safe),
    mount("/sys", "sysfs", "sysfs", writable ? safe : [...safe, "ro"]),
  ];
}

const guardedPaths = {
  maskedPaths: [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
  ],
  readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
};
