import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository, type StandIn } from "./stand-in.ts";

export const busyboxPath = "/bin/busybox";

/** A static busybox and little else. */
export const alpine: StandIn = {
  name: "alpine",
  matches: repository("docker.io", "library/alpine"),
  madeOf: "Debian's static busybox",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Cmd: ["/bin/sh"],
  }),
  async build(root) {
    layBusybox(root);
  },
};

/** Busybox with a link for each of its commands, and the files that every program expects. */
export function layBusybox(root: string): void {
  if (!existsSync(busyboxPath)) {
    throw new Error("busybox is not installed: apt-get install busybox-static (see galley doctor)");
  }
  for (const folder of ["bin", "etc", "root", "tmp", "usr/bin", "usr/local/bin", "var/tmp"]) {
    mkdirSync(join(root, folder), {
      recursive: true,
      ...(folder === "tmp" ? { mode: 0o1777 } : {}),
    });
  }
  copyFileSync(busyboxPath, join(root, "bin/busybox"));
  const { stdout } = spawnSync(busyboxPath, ["--list"], { encoding: "utf8" });
  for (const command of stdout.split("\n")) {
    if (command && command !== "busybox") symlinkSync("busybox", join(root, "bin", command));
  }
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
  );
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnobody:x:65534:\n");
}
