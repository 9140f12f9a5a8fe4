import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { quote } from "./overlay.ts";

/** Where crun notes which containers there are. */
export const crunState = "/run/galley/crun";

export const systemPath = `/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH ?? ""}`;

/** Control groups of version 2, on a machine that has them beside those of version 1. */
const secondGroups = "/sys/fs/cgroup/unified";

/** The command that runs a script in a mount namespace of its own. */
export function inOwnMounts(lines: readonly string[]): string[] {
  const script = ["set -e", ...lines].join("\n");
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script];
}

/**
 * The last lines of such a script, which becomes crun. crun takes control groups of either version,
 * but no machine with both: it is shown the first alone, to which the devices belong there.
 */
export function crunLines(args: readonly string[]): string[] {
  return [
    ...(existsSync(secondGroups) ? [`umount ${secondGroups}`] : []),
    `exec crun --root ${crunState} ${args.map(quote).join(" ")}`,
  ];
}

/** Asks crun for something whose failure tells nothing new; over when it has ended. */
export function crunQuietly(args: readonly string[]): Promise<void> {
  const [command, ...rest] = inOwnMounts(crunLines(args)) as [string, ...string[]];
  return new Promise((resolve) => {
    spawn(command, rest, { stdio: "ignore", env: { PATH: systemPath } })
      .on("error", () => resolve())
      .on("exit", () => resolve());
  });
}
