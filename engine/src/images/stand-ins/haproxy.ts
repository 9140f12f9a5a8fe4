import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debootstrap } from "./debian.ts";
import type { StandIn } from "./stand-in.ts";

/** As in the image of that name: the workers below a master, which reloads on SIGUSR2. */
const entrypoint = `#!/bin/sh
set -e
case "\${1:-}" in -*) set -- haproxy "$@" ;; esac
if [ "\${1:-}" = haproxy ]; then shift; set -- haproxy -W -db "$@"; fi
exec "$@"
`;

/** Debian's HAProxy with the user, paths and entrypoint of the official image. */
export const haproxy: StandIn = {
  name: "haproxy:3.0",
  matches: ({ registry, repository, tag }) =>
    registry === "docker.io" &&
    repository === "library/haproxy" &&
    /^3\.0(?:\.\d+)?(?:-trixie)?$/u.test(tag ?? ""),
  madeOf: "Debian trixie's haproxy",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
    User: "haproxy",
    WorkingDir: "/var/lib/haproxy",
    StopSignal: "SIGUSR1",
  }),
  async build(root, _reference, context) {
    await debootstrap("trixie", ["haproxy"], root, context);
    const script = join(root, "usr/local/bin/docker-entrypoint.sh");
    mkdirSync(join(root, "usr/local/etc/haproxy"), { recursive: true });
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    writeFileSync(script, entrypoint);
    chmodSync(script, 0o755);
  },
};
