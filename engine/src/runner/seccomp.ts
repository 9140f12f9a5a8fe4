import { readFileSync } from "node:fs";
import * as z from "zod";

/** The container tools' default profile, as Debian's golang-github-containers-common ships it. */
const profilePath = "/usr/share/containers/seccomp.json";

const conditions = z
  .object({ arches: z.array(z.string()).nullish(), caps: z.array(z.string()).nullish() })
  .nullish();

const profileSchema = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().optional(),
  syscalls: z.array(
    z.object({
      names: z.array(z.string()),
      action: z.string(),
      errnoRet: z.number().optional(),
      args: z.array(z.record(z.string(), z.unknown())).nullish(),
      includes: conditions,
      excludes: conditions,
    }),
  ),
});

/**
 * What that profile allows for containers inside of containers, and Docker does not without
 * CAP_SYS_ADMIN: namespaces and mounts of one's own, with all that the kernel lets root do in them.
 */
const withheld = [
  "add_key",
  "fsconfig",
  "fsmount",
  "fsopen",
  "fspick",
  "keyctl",
  "mount",
  "mount_setattr",
  "move_mount",
  "open_tree",
  "pivot_root",
  "request_key",
  "setns",
  "syslog",
  "umount",
  "umount2",
  "unshare",
];

/** `clone` makes processes and threads, but no namespaces: none of the CLONE_NEW… flags may be set. */
const cloneWithoutNamespaces = {
  names: ["clone"],
  action: "SCMP_ACT_ALLOW",
  args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
};

const refusals = [
  { names: withheld, action: "SCMP_ACT_ERRNO", errnoRet: 1 }, // EPERM
  // Its flags lie in memory, where no filter looks. C libraries fall back to clone.
  { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }, // ENOSYS
];

/** The profile in the form that the runtime specification has, for what a step may do. */
export function seccompFor(capabilities: readonly string[]): object {
  const profile = profileSchema.parse(JSON.parse(readFileSync(profilePath, "utf8")));
  const has = (caps: readonly string[]) => caps.some((cap) => capabilities.includes(cap));
  const syscalls = profile.syscalls.filter(({ includes, excludes }) => {
    if (includes?.arches && !includes.arches.includes(architecture.name)) return false;
    if (includes?.caps && !has(includes.caps)) return false;
    if (excludes?.arches?.includes(architecture.name)) return false;
    return !(excludes?.caps && has(excludes.caps));
  });
  const restricted = has(["CAP_SYS_ADMIN"]) ? [] : [...withheld, "clone", "clone3"];
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architecture.seccomp,
    syscalls: [
      ...syscalls.map(({ names, action, errnoRet, args }) => ({
        names: names.filter((name) => !restricted.includes(name)),
        action,
        ...(errnoRet === undefined ? {} : { errnoRet }),
        ...(args?.length ? { args } : {}),
      })),
      ...(restricted.length > 0 ? [cloneWithoutNamespaces, ...refusals] : []),
    ].filter(({ names }) => names.length > 0),
  };
}

/**
 * The x32 calling convention is left out: Debian's kernels refuse it unless told otherwise at boot, and
 * each architecture is a filter of its own, which takes long to compile.
 */
const architecture =
  process.arch === "arm64"
    ? { name: "arm64", seccomp: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] }
    : { name: "amd64", seccomp: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] };
