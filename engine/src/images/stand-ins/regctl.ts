import { join } from "node:path";
import { layBusybox } from "./alpine.ts";
import { buildGoProgram } from "./go-program.ts";
import type { StandIn } from "./stand-in.ts";

/** regctl built from its Go module at the tag's version, with a shell as in the alpine images. */
export const regctl: StandIn = {
  name: "ghcr.io/regclient/regctl (alpine)",
  matches: ({ registry, repository, tag }) =>
    registry === "ghcr.io" &&
    repository === "regclient/regctl" &&
    /^v\d+\.\d+\.\d+-alpine$/u.test(tag ?? ""),
  madeOf: "the Go module of that version on busybox",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["regctl"],
  }),
  async build(root, { tag = "" }, context) {
    layBusybox(root);
    const program = join(root, "usr/local/bin/regctl");
    const path = "github.com/regclient/regclient/cmd/regctl";
    await buildGoProgram(path, tag.replace(/-alpine$/u, ""), program, context);
  },
};
