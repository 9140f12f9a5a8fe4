import { join } from "node:path";
import { layBusybox } from "./alpine.ts";
import { buildGoProgram } from "./go-program.ts";
import { repository, type StandIn } from "./stand-in.ts";

/** actionlint built from its Go module at the tag's version; shellcheck and pyflakes are not in it. */
export const actionlint: StandIn = {
  name: "rhysd/actionlint",
  matches: repository("docker.io", "rhysd/actionlint"),
  madeOf: "the Go module of that version on busybox",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["/usr/local/bin/actionlint"],
  }),
  async build(root, { tag = "" }, context) {
    layBusybox(root);
    const program = join(root, "usr/local/bin/actionlint");
    const path = "github.com/rhysd/actionlint/cmd/actionlint";
    await buildGoProgram(path, `v${tag}`, program, context);
  },
};
