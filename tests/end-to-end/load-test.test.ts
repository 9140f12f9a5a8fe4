import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "../../engine/src/testing/free-port.ts";
import { Repository } from "./repository.ts";

/** The part of load-test.json that tests look at. */
const evidence = z.looseObject({
  elapsed: z.number(),
  hopeless: z.string().nullable(),
  all: z.looseObject({ requests: z.number(), percentiles: z.record(z.string(), z.number()) }),
  endpoints: z.array(z.looseObject({ endpoint: z.string(), requests: z.number() })),
  generator: z.looseObject({ processes: z.number(), due: z.number(), dropped: z.number() }),
});

const locustfile = `
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.05)

    @task(4)
    def fast(self):
        self.client.get("/fast")

    @task
    def planted(self):
        self.client.get("/slow")
`;

const kitchen = `
components:
  loadtest:
    path: services/loadtest
stages:
  loadTest:
    users: 6
    spawnRate: 6
    duration: 6s
    warmUp: 1s
    thresholds:
      - p95 < 400ms on GET /slow
      - p95 < 400ms on GET /fast
      - errors < 1%
      - rps > 5
`;

let repository: Repository;
let folder: string;
let server: Server;
let service: string;
let asked: string[];
/** What the target does with a request. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const promptly: typeof answer = (_request, response) => void response.end("ok");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kitchen-load-test-"));
  repository = new Repository(["services/loadtest"]);
  repository.write("kitchen.yaml", kitchen);
  repository.write("services/loadtest/locustfile.py", locustfile);
  server = createServer((request, response) => {
    asked.push(`${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  service = `tcp://127.0.0.1:${port}`;
});
beforeEach(() => {
  asked = [];
  answer = promptly;
});
afterAll(() => {
  server?.close();
  repository?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What the run of this id measured, from the files of its report. */
async function measured(runId: string, ...flags: readonly string[]) {
  const path = join(folder, runId);
  const { exitCode, stderr } = await repository.call(
    ...["reports", "load-test", "--run-id", runId, "--service", service, ...flags],
    ...["all", "export", "--path", path],
  );
  expect(exitCode, stderr).toBe(0);
  const report = z
    .looseObject({ verdict: z.string(), runs: z.array(z.looseObject({})) })
    .parse(JSON.parse(readFileSync(join(path, "report.json"), "utf8")));
  const file = join(path, "files/load-test.json");
  return {
    path,
    verdict: report.verdict,
    summary: JSON.stringify(report.runs[0]),
    evidence: evidence.parse(JSON.parse(readFileSync(file, "utf8"))),
    file,
  };
}

test("a planted slow endpoint fails on exactly its threshold, early; the reader reads that same run", async () => {
  answer = (request, response) => {
    setTimeout(() => response.end("ok"), request.url === "/slow" ? 900 : 0);
  };
  const id = `slow-${Date.now()}`;
  const flags = ["--service", service, "--duration", "20s"];
  const gate = await repository.call("load-test", "--run-id", id, ...flags);
  expect(gate.exitCode).toBe(1);
  const findings = gate.stderr.split("\n").filter((line) => /^services\/loadtest/.test(line));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatch(
    /locustfile\.py:1:1 error p95 < 400ms on GET \/slow: it was \d+ ms; ended after [\d.]+ s, when it could not be met any more \[locust failed\]/,
  );
  const requests = asked.length;
  expect(requests).toBeGreaterThan(20);

  const { path, verdict, evidence } = await measured(id, "--duration", "20s");
  expect(asked).toHaveLength(requests);
  expect(verdict).toBe("failed");
  expect(evidence.elapsed).toBeLessThan(19);
  const html = readFileSync(join(path, "report.html"), "utf8");
  expect(html.match(/<svg /g)).toHaveLength(3);
  expect(html).not.toMatch(/NaN|undefined/);
  for (const name of [
    "locust.html",
    "locust_stats.csv",
    "locust_stats_history.csv",
    "locust.log",
  ]) {
    expect(existsSync(join(path, "files", name)), name).toBe(true);
  }
});

test("what holds passes; the warm-up does not count; worse than the accepted run fails", async () => {
  const accepted = await measured(`fine-${Date.now()}`);
  expect(accepted.verdict, accepted.summary).toBe("passed");
  const { all, endpoints } = accepted.evidence;
  const loads = asked.filter((path) => path !== "/");
  expect(all.requests).toBe(endpoints.reduce((sum, { requests }) => sum + requests, 0));
  expect(all.requests).toBeLessThan(loads.length);
  expect(all.requests).toBeGreaterThan(loads.length / 2);

  answer = (_request, response) => {
    setTimeout(() => response.end("ok"), 100);
  };
  const worse = await repository.call(
    ...["load-test", "--run-id", `worse-${Date.now()}`, "--service", service],
    ...["--accepted", accepted.file, "--max-regression", "50"],
  );
  expect(worse.exitCode).toBe(1);
  expect(worse.stderr).toMatch(
    /p95 of GET \/fast went from [\d.]+ ms to \d+ ms \[locust regression\]/,
  );
  expect(worse.stderr).not.toContain("locust failed");
});

test("open model: a stall counts for all who came meanwhile", async () => {
  let since = 0;
  const stall = 2000; // milliseconds, once, in the middle of what is measured
  answer = (request, response) => {
    // "/" is asked once before the load begins: whether there is anybody.
    if (request.url !== "/") since ||= Date.now();
    const elapsed = since && Date.now() - since;
    const rest = elapsed > 3000 && elapsed < 3000 + stall ? 3000 + stall - elapsed : 0;
    setTimeout(() => response.end("ok"), rest);
  };
  const open = await measured(
    ...([`open-${Date.now()}`, "--arrival-rate", "20", "--users", "50"] as const),
    ...["--spawn-rate", "50", "--duration", "8s", "--thresholds", "p50 < 5s"],
  );
  const { all, generator } = open.evidence;
  expect(open.verdict, open.summary).toBe("passed");
  expect(generator).toMatchObject({ dropped: 0 });
  expect(generator.due).toBeGreaterThan(20 * 6);
  // A quarter of all came while nothing was answered; users that wait would have been six.
  expect(all.percentiles["90"]).toBeGreaterThan(stall / 4);
});

test("open model: arrivals that no user could take are no pass, whatever holds", async () => {
  answer = (_request, response) => {
    setTimeout(() => response.end("ok"), 300);
  };
  const flags = ["--arrival-rate", "20", "--users", "2", "--duration", "5s"];
  const short = await measured(`short-${Date.now()}`, ...flags, "--thresholds", "p95 < 60s");
  expect(short.verdict).toBe("inconclusive");
  expect(short.evidence.generator.dropped).toBeGreaterThan(20);
  expect(short.summary).toContain("arrivals found no user free: give more users (2 now)");
});

test("a swarm: workers in containers of their own make the load, and their master adds it up", async () => {
  const swarm = await measured(`swarm-${Date.now()}`, "--workers", "2", "--duration", "5s");
  expect(swarm.verdict, swarm.summary).toBe("passed");
  const { all, generator } = swarm.evidence;
  expect(generator.processes).toBe(2);
  expect(all.requests).toBeGreaterThan(50);
  const log = readFileSync(join(swarm.path, "files/locust.log"), "utf8");
  expect(log).toContain("2 workers connected");
});

test("bad input is named before any load is made, each mistake with its place", async () => {
  const flags = ["--service", service, "--users", "0", "--duration=-5s"];
  const options = await repository.call("load-test", ...flags, "--thresholds", "p95 < 300mz");
  expect(options.exitCode).toBe(1);
  expect(options.stderr).toContain(`users: a whole number from 1 on is needed, not 0
duration: a duration of at least 5s is needed, such as 90s or 10m, not -5s
thresholds:10 unknown unit mz (did you mean ms?): p95 takes ms or s
  p95 < 300mz
           ^`);
  const config = await repository.spoiled(
    "kitchen.yaml",
    (text) => text.replace("errors < 1%", "eror < 1%"),
    () => repository.call("load-test", "--service", service),
  );
  expect(config.stderr).toContain(
    "kitchen.yaml:14:9 stages.loadTest.thresholds.2: unknown metric eror (did you mean errors?)",
  );
  const none = await repository.call("load-test");
  expect(none.stderr).toContain("no target given, and none to start: kitchen.yaml has to name");
  expect(asked).toEqual([]);
});

test("a target that does not answer, and a locustfile that does not import, are errors with their reason", async () => {
  const port = await freePort();
  const gone = await repository.call("load-test", "--target", `http://127.0.0.1:${port}`);
  expect(gone.exitCode).toBe(1);
  expect(gone.stderr).toContain(
    `ERROR locust on 127.0.0.1:${port}: cannot reach http://127.0.0.1:${port}: [Errno 111] Connection refused (tried for 15 s)`,
  );
  const broken = await repository.spoiled(
    "services/loadtest/locustfile.py",
    (text) => `import nowhere\n${text}`,
    () => repository.call("load-test", "--service", service),
  );
  expect(broken.exitCode).toBe(1);
  expect(broken.stderr).toMatch(
    /ERROR locust on target:\d+: Locust could not run, exit code 1: ModuleNotFoundError: No module named 'nowhere'/,
  );
  const raising = await repository.spoiled(
    "services/loadtest/locustfile.py",
    (text) => text.replace('self.client.get("/slow")', 'raise KeyError("id")'),
    () => repository.call("load-test", "--service", service, "--duration", "5s"),
  );
  expect(raising.stderr).toMatch(/tasks of the locustfile raised KeyError: 'id' \(\d+ times\)/);
});
