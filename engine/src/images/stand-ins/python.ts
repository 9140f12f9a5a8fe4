import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { debootstrap } from "./debian.ts";
import type { StandIn } from "./stand-in.ts";

/** Python 3.13 on Debian trixie; pip and venv work, commands are also where the image has them. */
export const python: StandIn = {
  name: "python:3.13-slim-trixie",
  matches: ({ registry, repository, tag }) =>
    registry === "docker.io" &&
    repository === "library/python" &&
    /^3\.13(?:\.\d+)?-slim(?:-trixie)?$/u.test(tag ?? ""),
  madeOf: "Debian trixie with python3.13, pip and venv",
  recipe: "7",
  config: () => ({
    Env: [
      "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LANG=C.UTF-8",
      "PYTHON_VERSION=3.13",
    ],
    Cmd: ["python3"],
  }),
  async build(root, _reference, context) {
    await debootstrap(
      "trixie",
      [
        "python3",
        "python3-pip",
        "python3-venv",
        "apt",
        "libstdc++6",
        "mount",
        "netbase",
        "passwd",
        "tzdata",
      ],
      root,
      context,
    );
    const bin = join(root, "usr/local/bin");
    mkdirSync(bin, { recursive: true });
    for (const name of ["python", "python3", "python3.13"]) {
      symlinkSync("/usr/bin/python3.13", join(bin, name));
    }
    for (const name of ["pip", "pip3"]) symlinkSync("/usr/bin/pip3", join(bin, name));
  },
};
