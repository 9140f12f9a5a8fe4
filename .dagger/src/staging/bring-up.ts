import { type Changed, type Environment, slots } from "../environments/environment.ts";
import { readManifest } from "../release/manifest.ts";
import type { Release } from "../release/release.ts";
import { verdictOf } from "../report/finding.ts";
import { textReport } from "../report/text.ts";
import { smokeTest } from "../verify/smoke-test.ts";

/**
 * A release with all traffic: probed before it gets any.
 *
 * @throws Error with what could not be done, or the probes that failed
 */
export async function bringUp(environment: Environment, release: Release): Promise<Changed> {
  const manifest = readManifest(await release.json().contents());
  const deployed = await environment.deploy(manifest);
  const slot = slots.find((each) => deployed.slots[each].release === release.digest());
  const smoke = await smokeTest(environment, slot);
  if (verdictOf(smoke) !== "passed") throw new Error(textReport(smoke));
  return environment.setWeights({
    blue: slot === "blue" ? 100 : 0,
    green: slot === "green" ? 100 : 0,
  });
}
