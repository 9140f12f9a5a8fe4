import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Repository } from "./repository.ts";

const reportSchema = z.object({
  verdict: z.string(),
  runs: z.array(
    z.looseObject({
      tool: z.string(),
      outcome: z.string(),
      reason: z.string().optional(),
      log: z.string(),
      findings: z.array(z.looseObject({ message: z.string() })),
      tests: z
        .array(
          z.looseObject({ name: z.string(), outcome: z.string(), detail: z.string().optional() }),
        )
        .default([]),
    }),
  ),
});

let repository: Repository;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kitchen-integration-"));
  repository = new Repository(["kitchen.yaml", "services", "infra"]);
});
afterAll(() => {
  repository?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads the run of this id from its report's files. */
async function reported(runId: string) {
  const path = join(folder, runId);
  const { exitCode, stderr, executed } = await repository.call(
    ...["reports", "integration-test", "--run-id", runId, "all", "export", "--path", path],
  );
  expect(exitCode, stderr).toBe(0);
  const report = reportSchema.parse(JSON.parse(readFileSync(join(path, "report.json"), "utf8")));
  const run = (tool: string) => report.runs.find((each) => each.tool === tool);
  return { ...report, run, path, executed };
}

test("a fresh stack: the real DAG runs in Airflow, the API serves its model, every part's log is kept", async () => {
  const id = `whole-${Date.now()}`;
  const gate = await repository.call("integration-test", "--run-id", id);
  expect(gate.exitCode, gate.stderr).toBe(0);
  expect(gate.stdout).toMatch(/^integrationTest: passed \(0 findings\)/);
  const { verdict, run, path, executed } = await reported(id);
  expect(executed.filter((name) => /run\.py|^service /.test(name))).toEqual([]);
  expect(verdict).toBe("passed");
  expect(run("airflow")?.tests.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
    ["ingest", "clean", "features", "train", "evaluate", "publish"].map((name) => `${name} passed`),
  );
  expect(run("pytest")?.tests.every(({ outcome }) => outcome === "passed")).toBe(true);
  expect(run("schemathesis")?.tests.length).toBeGreaterThan(8);
  for (const [name, said] of [
    ["postgres", "database system is ready to accept connections"],
    ["service", "GET /forecast"],
    ["airflow", "demand_model"],
  ] as const) {
    expect(readFileSync(join(path, `files/logs/${name}/${name}.log`), "utf8")).toContain(said);
  }
});

test("a planted broken task fails with that task's log, and without waiting for another try", async () => {
  await repository.spoiled(
    "services/airflow/src/kitchen_demand/clean.py",
    (text) =>
      text.replace(
        "    placed_at = pd.to",
        '    raise RuntimeError("planted")\n    placed_at = pd.to',
      ),
    async () => {
      const id = `broken-${Date.now()}`;
      const gate = await repository.call("integration-test", "--run-id", id);
      expect(gate.exitCode).toBe(1);
      expect(gate.stderr).toContain(
        "services/airflow:1:1 error task clean of demand_model failed: RuntimeError: planted [airflow failed]",
      );
      const { verdict, run } = await reported(id);
      expect(verdict).toBe("failed");
      const tests = run("airflow")?.tests ?? [];
      const outcomes = Object.fromEntries(tests.map(({ name, outcome }) => [name, outcome]));
      expect(outcomes).toMatchObject({ ingest: "passed", clean: "failed", publish: "skipped" });
      expect(run("airflow")?.log).toMatch(/== task clean\n[\s\S]*planted/);
      expect(run("airflow")?.log).toContain("== airflow.log");
      expect(
        run("pytest")
          ?.findings.map(({ message }) => message)
          .join("\n"),
      ).toContain("test_every_task_of_the_pipeline_succeeded");
    },
  );
});

test("a DAG that Airflow cannot parse is an error with its place and reason", async () => {
  const gate = await repository.spoiled(
    "services/airflow/dags/demand_model.py",
    (text) => text.replace("from datetime", "import nowhere\nfrom datetime"),
    () => repository.call("integration-test"),
  );
  expect(gate.exitCode).toBe(1);
  expect(gate.stderr).toMatch(
    /ERROR airflow on demand_model: Airflow cannot parse \S*demand_model\.py:\n[\s\S]*No module named 'nowhere'/,
  );
});

test("a load test without a target loads a stack of its own, with a model", async () => {
  const flags = ["--users", "11", "--spawn-rate", "11", "--warm-up", "3s", "--duration", "8s"];
  const thresholds = ["p95 < 5s", "errors < 1%", "rps > 5"];
  const load = await repository.call(
    ...["load-test", ...flags],
    ...thresholds.flatMap((each) => ["--thresholds", each]),
  );
  expect(load.exitCode, load.stderr).toBe(0);
  expect(load.stdout).toContain("GET /forecast");
});

test("what is waited for is named when the time is up; what kitchen.yaml lacks is named at once", async () => {
  const server: Server = createServer((_request, response) => {
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const never = await repository.spoiled(
    "kitchen.yaml",
    (text) => text.replace("  integrationTest:\n", "  integrationTest:\n    timeout: 3s\n"),
    () => repository.call("integration-test", "--service", `tcp://127.0.0.1:${port}`),
  );
  server.close();
  expect(never.exitCode).toBe(1);
  expect(never.stderr).toContain(
    `gave up after 3 s, waiting for http://service:${port} to answer /openapi.json, which gives 503`,
  );
  const without = await repository.spoiled(
    "kitchen.yaml",
    () => "components:\n  api:\n    path: services/api\n",
    () => repository.call("integration-test"),
  );
  expect(without.stderr).toContain(
    "name the component that answers HTTP in stages.integrationTest.service",
  );
  const wrong = await repository.spoiled(
    "kitchen.yaml",
    (text) => text.replace("    dag: demand_model\n", "    service: apo\n"),
    () => repository.call("integration-test"),
  );
  expect(wrong.stderr).toContain(
    "apo is no component with an image: there are api, airflow, loadtest",
  );
});
