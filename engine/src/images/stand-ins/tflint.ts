import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineSettings } from "../../runner/machine-settings.ts";
import { layBusybox } from "./alpine.ts";
import { debootstrap, execute } from "./debian.ts";
import { repository, type StandIn } from "./stand-in.ts";

const modulePath = "github.com/terraform-linters/tflint";

/** tflint built from its Go module at the tag's version, by Debian's go (which fetches a newer one). */
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
    const folder = mkdtempSync(join(context.cache.tmp, "go-"));
    const chroot = join(folder, "root");
    try {
      await debootstrap("trixie", ["golang-go"], chroot, context);
      copyFileSync("/etc/resolv.conf", join(chroot, "etc/resolv.conf"));
      const { env, mounts } = machineSettings();
      const bundle = mounts.find(({ destination }) => destination.endsWith(".crt"))?.source;
      if (bundle && existsSync(bundle)) {
        copyFileSync(bundle, join(chroot, "etc/ssl/certs/ca-certificates.crt"));
      }
      const settings = [...env].filter(([name]) => /^GO|proxy/iu.test(name));
      const script = [
        "set -e",
        "mkdir -p proc dev tmp root",
        "mount -t proc proc proc",
        "mount --bind /dev dev",
        `exec env -i ${settings.map(([n, v]) => `${n}='${v}'`).join(" ")} PATH=/usr/sbin:/usr/bin:/bin HOME=/root GOTOOLCHAIN=auto CGO_ENABLED=0 GOBIN=/out chroot . go install -trimpath -ldflags='-s -w' ${modulePath}@${reference.tag}`,
      ].join("\n");
      writeFileSync(join(folder, "build.sh"), script);
      const unshared = ["--mount", "--propagation", "private", "--wd", chroot];
      await execute("unshare", [...unshared, "sh", join(folder, "build.sh")], context);
      layBusybox(root);
      copyFileSync(join(chroot, "out/tflint"), join(root, "usr/local/bin/tflint"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
