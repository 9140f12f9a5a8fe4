import fc from "fast-check";
import { expect, it } from "vitest";
import type { RawFinding } from "../src/report/finding.ts";
import { withFingerprints } from "../src/report/fingerprint.ts";

const path = "services/api/app.py";

function fingerprints(lines: readonly string[], findings: readonly [number, string][]): string[] {
  const raw = findings.map(
    ([line, rule]): RawFinding => ({
      ...{ tool: "flake8", rule, level: "error", message: `about line ${line}`, path },
      ...{ line: line + 1, column: 1 },
    }),
  );
  return withFingerprints(raw, () => lines).map(({ fingerprint }) => fingerprint);
}

const file = fc.array(fc.string(), { minLength: 1, maxLength: 20 }).chain((lines) =>
  fc.record({
    lines: fc.constant(lines),
    findings: fc.array(
      fc.tuple(fc.nat(lines.length - 1), fc.constantFrom("E1", "E2")) as fc.Arbitrary<
        [number, string]
      >,
    ),
  }),
);

it("stay when lines are added above, or indented", () => {
  fc.assert(
    fc.property(file, fc.array(fc.string()), ({ lines, findings }, above) => {
      const moved = findings.map(([line, rule]): [number, string] => [line + above.length, rule]);
      const indented = lines.map((line) => `    ${line}`);
      expect(fingerprints([...above, ...indented], moved)).toEqual(fingerprints(lines, findings));
    }),
  );
});

it("differ for every finding of a report", () => {
  fc.assert(
    fc.property(file, ({ lines, findings }) => {
      const all = fingerprints(lines, findings);
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

it("change when the text of the line changes", () => {
  expect(fingerprints(["import os"], [[0, "E1"]])).not.toEqual(
    fingerprints(["import sys"], [[0, "E1"]]),
  );
});

it("come from the message where the file is not at hand", () => {
  const raw: RawFinding = {
    ...{ tool: "lock", rule: "out-of-date", level: "error", path, line: 1, column: 1 },
    message: "asks for six",
  };
  const [one] = withFingerprints([raw], () => undefined);
  const [same] = withFingerprints([{ ...raw, line: 9 }], () => undefined);
  const [other] = withFingerprints([{ ...raw, message: "asks for seven" }], () => undefined);
  expect(same?.fingerprint).toBe(one?.fingerprint);
  expect(other?.fingerprint).not.toBe(one?.fingerprint);
});
