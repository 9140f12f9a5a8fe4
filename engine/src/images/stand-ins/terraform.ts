import { copyFileSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ImageContext } from "../resolve.ts";
import { layBusybox } from "./alpine.ts";
import { execute } from "./debian.ts";
import { repository, type StandIn } from "./stand-in.ts";

/** This machine's own terraform, when it is of the version that is asked for, on busybox. */
export const terraform: StandIn = {
  name: "hashicorp/terraform",
  matches: repository("docker.io", "hashicorp/terraform"),
  madeOf: "this machine's terraform on busybox",
  recipe: "2",
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
    await layFlock(root, context);
  },
};

/** Alpine's busybox has a flock, Debian's has none: util-linux' with the libraries that it loads. */
async function layFlock(root: string, context: ImageContext): Promise<void> {
  const path = "/usr/bin/flock";
  const loaded = await execute("ldd", [path], context);
  for (const each of [path, ...(loaded.match(/\/\S+/gu) ?? [])]) {
    mkdirSync(dirname(join(root, each)), { recursive: true });
    copyFileSync(realpathSync(each), join(root, each));
  }
}
