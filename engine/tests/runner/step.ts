import type { Snapshot } from "../../src/runner/snapshot.ts";
import type { Step } from "../../src/runner/step.ts";

/** A step that runs a shell script, with nothing set. */
export function stepOn(rootfs: Snapshot, script: string, more: Partial<Step> = {}): Step {
  return {
    rootfs,
    mounts: [],
    argv: ["sh", "-c", script],
    env: [],
    workdir: "",
    user: "",
    stdin: "",
    noInit: false,
    insecureRootCapabilities: false,
    hosts: new Map(),
    scrub: [],
    ...more,
  };
}
