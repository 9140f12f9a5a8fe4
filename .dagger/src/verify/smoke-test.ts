import type { Environment, Slot, Smoke } from "../environments/environment.ts";
import { messageOf } from "../message-of.ts";
import type { RawFinding, ReportData, TestCase, ToolRun } from "../report/finding.ts";
import { withFingerprints } from "../report/fingerprint.ts";

/**
 * A handful of probes of one slot, whatever its weight, and of the edge: what is served must be the
 * slot's release, by its digest. What could not be probed at all is an error, never a pass.
 *
 * @param slot default: the one that serves
 */
export async function smokeTest(environment: Environment, slot?: Slot): Promise<ReportData> {
  const since = Date.now();
  const report = (fields: Pick<ToolRun, "outcome"> & Partial<ToolRun>): ReportData => ({
    stage: "smokeTest",
    accepted: [],
    runs: [
      {
        tool: "smoke",
        version: "",
        target: slot ?? "environment",
        exitCode: null,
        duration: (Date.now() - since) / 1000,
        log: "",
        findings: [],
        ...fields,
      },
    ],
  });
  try {
    const seen = await environment.smoke(slot);
    const findings = withFingerprints(seen.probes.flatMap(findingOf), () => undefined);
    const outcome = findings.length > 0 ? "findings" : "clean";
    return report({ outcome, target: seen.slot, findings, tests: seen.probes.map(testCase) });
  } catch (error) {
    return report({
      outcome: "error",
      reason: messageOf(error),
    });
  }
}

type Probe = Smoke["probes"][number];

/** There is no file that it is about: the one that says what is deployed stands for it. */
function findingOf({ name, problem }: Probe): RawFinding[] {
  if (problem === null) return [];
  const place = { path: "kitchen.yaml", line: 1, column: 1 };
  const message = `${name}: ${problem}`;
  return [{ tool: "smoke", rule: "failed", level: "error", message, ...place }];
}

function testCase({ name, seconds, problem }: Probe): TestCase {
  const about = { suite: "smoke", name, duration: seconds };
  return problem === null
    ? { ...about, outcome: "passed" }
    : { ...about, outcome: "failed", detail: problem };
}
