import { copyFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { layBusybox } from "./alpine.ts";
import { execute } from "./debian.ts";
import { repository, type StandIn } from "./stand-in.ts";

/** This machine's own terraform, when it is of the version that is asked for, on busybox. */
export const terraform: StandIn = {
  name: "hashicorp/terraform",
  matches: repository("docker.io", "hashicorp/terraform"),
  madeOf: "this machine's terraform on busybox",
  recipe: "1",
  config: () => ({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["/bin/terraform"],
  }),
  async build(root, reference, context) {
    const path = (await execute("sh", ["-c", "command -v terraform || true"], context)).trim();
    if (!path) {
      throw new Error(
        `no terraform on the PATH to stand in for hashicorp/terraform:${reference.tag}: install that version`,
      );
    }
    const report = await execute(path, ["version", "-json"], context, { CHECKPOINT_DISABLE: "1" });
    const version = (JSON.parse(report) as { terraform_version: string }).terraform_version;
    if (version !== reference.tag) {
      throw new Error(
        `${path} is ${version} and cannot stand in for hashicorp/terraform:${reference.tag}: install ${reference.tag}`,
      );
    }
    layBusybox(root);
    copyFileSync(realpathSync(path), join(root, "bin/terraform"));
  },
};
