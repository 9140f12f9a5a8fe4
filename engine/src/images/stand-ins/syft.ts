import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildGoProgram } from "./go-program.ts";
import { repository, type StandIn } from "./stand-in.ts";

/** syft built from its Go module at the tag's version; as in its own image there is nothing else. */
export const syft: StandIn = {
  name: "anchore/syft",
  matches: repository("docker.io", "anchore/syft"),
  madeOf: "the Go module of that version",
  recipe: "1",
  config: () => ({ Env: ["PATH=/"], Entrypoint: ["/syft"], WorkingDir: "/tmp" }),
  async build(root, reference, context) {
    mkdirSync(join(root, "tmp"), { mode: 0o1777 });
    const path = "github.com/anchore/syft/cmd/syft";
    await buildGoProgram(path, `${reference.tag}`, join(root, "syft"), context);
  },
};
