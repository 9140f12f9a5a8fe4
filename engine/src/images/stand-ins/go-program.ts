import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { machineSettings } from "../../runner/machine-settings.ts";
import { withLock } from "../../runner/process-lock.ts";
import { digestOfJson } from "../../tree/digest.ts";
import type { ImageContext } from "../resolve.ts";
import { debootstrap, execute } from "./debian.ts";

/** Changes whenever the tool chain's folder is made otherwise. */
const toolchain = "go-toolchain-1";

/**
 * Builds a program from its Go module at a version, by Debian's go (which fetches a newer one), and
 * puts it at `destination`.
 */
export async function buildGoProgram(
  modulePath: string,
  version: string,
  destination: string,
  context: ImageContext,
): Promise<void> {
  const lower = await goToolchain(context);
  const folder = mkdtempSync(join(context.cache.tmp, "go-"));
  try {
    for (const name of ["upper", "work", "root"]) mkdirSync(join(folder, name));
    const root = join(folder, "root");
    const { env, mounts } = machineSettings();
    const bundle = mounts.find(({ destination: at }) => at.endsWith(".crt"))?.source;
    const settings = [...env].filter(([name]) => /^GO|proxy/iu.test(name));
    const script = [
      "set -e",
      `mount -t overlay overlay -o lowerdir=${lower},upperdir=${folder}/upper,workdir=${folder}/work ${root}`,
      `cd ${root}`,
      "mkdir -p proc dev tmp root out",
      "cp /etc/resolv.conf etc/resolv.conf",
      ...(bundle && existsSync(bundle) ? [`cp '${bundle}' etc/ssl/certs/ca-certificates.crt`] : []),
      "mount -t proc proc proc",
      "mount --bind /dev dev",
      `env -i ${settings.map(([n, v]) => `${n}='${v}'`).join(" ")} PATH=/usr/sbin:/usr/bin:/bin HOME=/root GOTOOLCHAIN=auto CGO_ENABLED=0 GOBIN=/out chroot . go install -trimpath -ldflags='-s -w' ${modulePath}@${version}`,
    ].join("\n");
    writeFileSync(join(folder, "build.sh"), script);
    const unshared = ["--mount", "--propagation", "private"];
    await execute("unshare", [...unshared, "sh", join(folder, "build.sh")], context);
    copyFileSync(join(folder, "upper/out", modulePath.split("/").at(-1) as string), destination);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Debian with go in it, made once for all programs. */
function goToolchain(context: ImageContext): Promise<string> {
  const { cache, signal } = context;
  const path = join(cache.root, "images", toolchain);
  return withLock(cache, digestOfJson([toolchain]), signal, async () => {
    if (existsSync(path)) return path;
    const folder = mkdtempSync(join(cache.tmp, "go-toolchain-"));
    try {
      await debootstrap("trixie", ["golang-go"], join(folder, "root"), context);
      mkdirSync(join(path, ".."), { recursive: true });
      renameSync(join(folder, "root"), path);
      return path;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
