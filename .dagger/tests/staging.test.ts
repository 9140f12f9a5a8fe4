import { expect, it } from "vitest";
import type { ReportData } from "../src/report/finding.ts";
import { textReport } from "../src/report/text.ts";
import { runStages, type Stages } from "../src/staging/stages.ts";

const names = ["publish", "terraformApply", "deploy", "integrationTest", "loadTest"];

const found = (stage: string, outcome: "clean" | "inconclusive"): ReportData => ({
  stage,
  accepted: [],
  runs: [
    {
      tool: "locust",
      version: "2",
      target: "all",
      outcome,
      exitCode: 0,
      duration: 2,
      log: "",
      findings: [],
      tests: [{ suite: "thresholds", name: "p95 < 1s", duration: 1, outcome: "passed" }],
      ...(outcome === "inconclusive" ? { reason: "the generator was busy" } : {}),
    },
  ],
});

/** What a delivery did, with a clock that goes on by a second each time that it is looked at. */
async function delivered(work: (stages: Stages) => Promise<void>) {
  let time = 0;
  const { runs, passed } = await runStages(names, "staging", () => time++, work);
  return { passed, text: textReport({ stage: "staging", accepted: [], runs }) };
}

const table = { title: "image", columns: ["image", "digest"], rows: [["api", "sha256:1"]] };

it("has a line for each stage, and says why one had nothing to do", async () => {
  const { passed, text } = await delivered(async (stages) => {
    expect(await stages.act("publish", async () => ({ made: 7, table }))).toBe(7);
    stages.skip("terraformApply", "it has no Terraform");
    await stages.act("deploy", async () => ({ made: 8, table }));
    await stages.test("integrationTest", async () => found("integrationTest", "clean"));
    await stages.test("loadTest", async () => found("loadTest", "clean"));
  });
  expect(passed).toBe(true);
  expect(text).toMatchInlineSnapshot(`
    "staging: passed (0 findings)
      publish          staging  ok         1.0 s
      terraformApply   staging  not run    0.0 s  it has no Terraform
      deploy           staging  ok         1.0 s
      integrationTest  staging  ok         1.0 s  1 test
      loadTest         staging  ok         1.0 s  1 test

      image    digest
      api    sha256:1

      image    digest
      api    sha256:1"
  `);
});

it("stops at a test that does not pass, and says of the others why they were not run", async () => {
  const { passed, text } = await delivered(async (stages) => {
    await stages.act("publish", async () => ({ made: 7, table }));
    await stages.test("terraformApply", async () => found("loadTest", "inconclusive"));
    await stages.act("deploy", () => expect.unreachable());
  });
  expect(passed).toBe(false);
  expect(text).toMatchInlineSnapshot(`
    "staging: inconclusive (0 findings)
      publish          staging  ok              1.0 s
      terraformApply   staging  INCONCLUSIVE    1.0 s  1 test
      deploy           staging  not run         0.0 s  terraformApply did not pass
      integrationTest  staging  not run         0.0 s  terraformApply did not pass
      loadTest         staging  not run         0.0 s  terraformApply did not pass

      image    digest
      api    sha256:1

    INCONCLUSIVE terraformApply on staging: locust on all: the generator was busy"
  `);
});

it("a stage that fails is an error with its words", async () => {
  const { passed, text } = await delivered(async (stages) => {
    await stages.act("publish", () => Promise.reject(new Error("the host's disk is full")));
    await stages.act("deploy", () => expect.unreachable());
  });
  expect(passed).toBe(false);
  expect(text).toMatchInlineSnapshot(`
    "staging: error (0 findings)
      publish          staging  ERROR      1.0 s
      terraformApply   staging  not run    0.0 s  publish did not pass
      deploy           staging  not run    0.0 s  publish did not pass
      integrationTest  staging  not run    0.0 s  publish did not pass
      loadTest         staging  not run    0.0 s  publish did not pass

    ERROR publish on staging: the host's disk is full"
  `);
});

it("a mistake of its own is no outcome of a stage", async () => {
  const work = () => Promise.reject(new TypeError("undefined is not a function"));
  await expect(delivered(work)).rejects.toThrow("undefined is not a function");
});
