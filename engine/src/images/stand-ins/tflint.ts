import { join } from "node:path";
import { layBusybox } from "./alpine.ts";
import { buildGoProgram } from "./go-program.ts";
import { repository, type StandIn } from "./stand-in.ts";

/** tflint built from its Go module at the tag's version. */
export const tflint: StandIn = {
  name: "ghcr.io/terraform-linters/tflint",
  matches: repository("ghcr.io", "terraform-linters/tflint"),
  madeOf: "the Go module of that version on busybox",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["tflint"],
    WorkingDir: "/data",
  }),
  async build(root, reference, context) {
    layBusybox(root);
    const program = join(root, "usr/local/bin/tflint");
    const path = "github.com/terraform-linters/tflint";
    await buildGoProgram(path, `${reference.tag}`, program, context);
  },
};
