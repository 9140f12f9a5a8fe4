import type { Manifest } from "./manifest.ts";

/** Something that a release lacks: refused, unless an approval waives it by this name. */
export interface Gap {
  /** a stage's name, or `stand-in:` and an image's name */
  readonly name: string;
  readonly why: string;
}

/** What stages together prove what another one does. */
const parts: Readonly<Record<string, readonly string[]>> = {
  ci: ["lint", "typecheck", "securityScan", "unitTest"],
};

/** What a release lacks, the stages first. */
export function gapsOf(manifest: Manifest, required: readonly string[]): Gap[] {
  const has = (stage: string) => manifest.evidence.some((each) => each.stage === stage);
  const wanted = required.flatMap((stage) =>
    parts[stage] && !has(stage) && parts[stage].some(has) ? parts[stage] : [stage],
  );
  const missing = wanted
    .filter((stage) => !has(stage))
    .map((stage) => ({ name: stage, why: "the stage was not run: there is no report of it" }));
  const bad = manifest.evidence
    .filter(({ verdict }) => verdict !== "passed")
    .map(({ stage, verdict }) => ({ name: stage, why: `its verdict is ${verdict}` }));
  const standIns = [...manifest.images, ...(manifest.support ?? [])]
    .filter((each) => each.standIns.length > 0)
    .map(({ name, standIns: of }) => ({
      name: `stand-in:${name}`,
      why: `it was built on a stand-in for ${of.join(", ")}`,
    }));
  return [...missing, ...bad, ...standIns];
}
