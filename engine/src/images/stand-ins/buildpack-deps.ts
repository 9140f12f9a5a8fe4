import { debootstrap } from "./debian.ts";
import type { StandIn } from "./stand-in.ts";

/** Debian trixie with Git and the SSH client; the image has other version control systems too. */
export const buildpackDeps: StandIn = {
  name: "buildpack-deps:trixie-scm",
  matches: ({ registry, repository, tag }) =>
    registry === "docker.io" && repository === "library/buildpack-deps" && tag === "trixie-scm",
  madeOf: "Debian trixie with git and openssh-client",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Cmd: ["bash"],
  }),
  build: (root, _reference, context) =>
    debootstrap("trixie", ["git", "netbase", "openssh-client", "passwd", "tzdata"], root, context),
};
