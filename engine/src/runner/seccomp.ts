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
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architecture.seccomp,
    syscalls: syscalls.map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args?.length ? { args } : {}),
    })),
  };
}

const architecture =
  process.arch === "arm64"
    ? { name: "arm64", seccomp: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] }
    : { name: "amd64", seccomp: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] };
