import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { parseThreshold, pointAt, type Threshold, ThresholdError } from "../src/threshold.ts";
import { ComparisonError, readAccepted, regressions } from "../src/verify/load-test/compare.ts";
import type { Evidence } from "../src/verify/load-test/evidence.ts";
import { loadOptions } from "../src/verify/load-test/options.ts";
import { measured } from "../src/verify/load-test/report.ts";

describe("thresholds", () => {
  it("say what they mean", () => {
    const read = (text: string) => {
      const { text: _text, ...rest } = parseThreshold(text);
      return rest;
    };
    expect(
      ["p99.9 < 1.5s", " avg<=20ms ", "errors < 1%", "rps > 50", "rps >= 5/s on GET /a b"].map(
        read,
      ),
    ).toEqual([
      { metric: "percentile", percent: 99.9, limit: 1500, inclusive: false },
      { metric: "mean", limit: 20, inclusive: true },
      { metric: "errors", limit: 1, inclusive: false },
      { metric: "rps", limit: 50, inclusive: false },
      { metric: "rps", limit: 5, inclusive: true, endpoint: "GET /a b" },
    ]);
  });

  it("are understood however they are spaced", () => {
    const metric = fc.constantFrom(
      ["p95", "<", "ms"],
      ["max", "<=", "s"],
      ["errors", "<", "%"],
      ["rps", ">", ""],
    );
    const space = fc.constantFrom("", " ", "   ");
    const name = fc.constantFrom("", "GET /menu", "POST /orders/{id}", "DELETE /on p95 < 3ms");
    fc.assert(
      fc.property(
        metric,
        fc.integer({ min: 0, max: 100 }),
        space,
        name,
        (parts, limit, gap, on) => {
          const [word, operator, unit] = parts as [string, string, string];
          const end = on ? ` on ${on}` : "";
          const text = `${word}${gap}${operator}${gap}${limit}${gap}${unit}${end}`;
          const wanted: Partial<Threshold> = {
            limit: unit === "s" ? limit * 1000 : limit,
            inclusive: operator.endsWith("="),
            ...(on ? { endpoint: on } : {}),
          };
          expect(parseThreshold(text)).toMatchObject(wanted);
        },
      ),
    );
  });

  it("that cannot be read are pointed at", () => {
    const wrong = [
      "p95 < 300mz",
      "p9x5 < 300ms",
      "eror < 1%",
      "latency < 1ms",
      "p95 300ms",
      "p95 > 300ms",
      "rps < 10",
      "p95 < fast",
      "errors < 1",
      "errors < 101%",
      "p100 < 1ms",
      "p95 < 300ms for GET /",
      "p95 < 300ms on /menu",
      "p95 < 300ms on GET",
    ];
    const said = wrong.map((text) => {
      try {
        return `understood: ${JSON.stringify(parseThreshold(text))}`;
      } catch (error) {
        return pointAt(text, error as ThresholdError);
      }
    });
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "thresholds:10 unknown unit mz (did you mean ms?): p95 takes ms or s
        p95 < 300mz
                 ^
      thresholds:1 unknown metric p9x5 (did you mean p95?)
        p9x5 < 300ms
        ^
      thresholds:1 unknown metric eror (did you mean errors?)
        eror < 1%
        ^
      thresholds:1 unknown metric latency (known: p50, p90, p95, p99, avg, max, errors, rps)
        latency < 1ms
        ^
      thresholds:5 < or > is needed, not "300ms" (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 300ms
            ^
      thresholds:5 > would ask for more of it: write <
        p95 > 300ms
            ^
      thresholds:5 < would forbid more throughput: write >
        rps < 10
            ^
      thresholds:7 a number is needed, not "fast" (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 < fast
              ^
      thresholds:11 no unit: errors takes %
        errors < 1
                  ^
      thresholds:10 101 % is more than all requests
        errors < 101%
                 ^
      thresholds:1 p100: a percentile is above 0 and below 100
        p100 < 1ms
        ^
      thresholds:13 \`on METHOD NAME\`, or nothing, is needed, not "for" (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 < 300ms for GET /
                    ^
      thresholds:16 a method such as GET is needed, not "/menu" (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 < 300ms on /menu
                       ^
      thresholds:16 a method such as GET is needed, not "GET" (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 < 300ms on GET
                       ^"
    `);
  });

  it("never end in anything but a place within the text", () => {
    const piece = fc.constantFrom(
      "p95",
      "<",
      ">",
      "300",
      "ms",
      "%",
      "on",
      "GET",
      "/x",
      " ",
      "é",
      ".",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join("");
        try {
          parseThreshold(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ThresholdError);
          expect((error as ThresholdError).offset).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it("are pointed at in kitchen.yaml too, quoted or not", () => {
    const text = `stages:
  loadTest:
    thresholds:
      - p95 < 300mz
      - "errors < 1%"
      - "eror < 1%"
`;
    expect(() => readConfig(text, [])).toThrowErrorMatchingInlineSnapshot(`
      [Error: kitchen.yaml:4:18 stages.loadTest.thresholds.0: unknown unit mz (did you mean ms?): p95 takes ms or s
      kitchen.yaml:6:10 stages.loadTest.thresholds.2: unknown metric eror (did you mean errors?)]
    `);
    expect(() => readConfig("stages:\n  loadTest:\n    treshold: []\n", [])).toThrow(
      "kitchen.yaml:3:5 unknown key treshold (did you mean thresholds?)",
    );
  });
});

describe("options", () => {
  const config = readConfig("stages: {loadTest: {users: 20, spawnRate: 3, duration: 2m}}", []);

  it("come from kitchen.yaml, and arguments outweigh it; the warm-up lasts until all are there", () => {
    expect(loadOptions({}, config)).toMatchObject({ users: 20, duration: 120, warmUp: 7 });
    expect(loadOptions({ users: 3, duration: "10s" }, config)).toMatchObject({
      users: 3,
      duration: 10,
      warmUp: 1,
    });
  });

  it("that make no sense are named, all at once, with what was given", () => {
    const said = (given: Parameters<typeof loadOptions>[0]) => {
      try {
        return JSON.stringify(loadOptions(given, config));
      } catch (error) {
        return (error as Error).message;
      }
    };
    const wrong = [
      said({ users: 0, duration: "-5s", spawnRate: -1, arrivalRate: 0, warmUp: "soon" }),
      said({ warmUp: "2s" }),
      said({ duration: "4s" }),
      said({ processes: 30 }),
      said({ processes: 2, workers: 2 }),
      said({ thresholds: ["p95 < 1ms", "p95 <"] }),
    ];
    expect(wrong.join("\n---\n")).toMatchInlineSnapshot(`
      "users: a whole number from 1 on is needed, not 0
      spawnRate: a whole number from 1 on is needed, not -1
      duration: a duration of at least 5s is needed, such as 90s or 10m, not -5s
      warmUp: a duration of at least 0s is needed, such as 90s or 10m, not soon
      arrivalRate: a whole number from 1 on is needed, not 0
      ---
      warmUp: 2s end before all are there: 20 users at 3 a second take 7s
      ---
      duration: a duration of at least 5s is needed, such as 90s or 10m, not 4s
      ---
      users: 20 given, but each of 30 generators needs one
      ---
      processes: 2 given with workers: a worker is one process
      ---
      thresholds:6 a number is needed (METRIC < LIMIT, and perhaps \`on METHOD NAME\`: p95 < 300ms on POST /orders)
        p95 <
             ^"
    `);
  });
});

/** What was measured in a test, complete. */
function evidence(fields: Partial<Evidence> = {}, p95 = 100): Evidence {
  const numbers = {
    requests: 1000,
    errors: 0,
    rps: 50,
    mean: 40,
    max: 300,
    percentiles: { "50": 30, "95": p95, "99": 200 },
    histogram: "",
  };
  return {
    format: "kitchen.load-test/1",
    target: "http://target:8000",
    users: 10,
    spawnRate: 5,
    warmUp: 2,
    duration: 20,
    arrivalRate: null,
    elapsed: 19.5,
    hopeless: null,
    all: numbers,
    endpoints: [{ ...numbers, endpoint: "GET /menu" }],
    thresholds: [],
    curves: [{ at: 0, requests: 50, errors: 0, p50: 30, p95: 100, p99: 200 }],
    users_over_time: [[1, 10]],
    failures: [],
    raised: {},
    generator: { processes: 1, processor: 12.5, due: 0, dropped: 0 },
    ...fields,
  };
}

describe("verdicts", () => {
  const judge = (fields: Partial<Evidence>) => {
    const thresholds = (fields.thresholds ?? []).map(({ text }) => parseThreshold(text));
    return measured(evidence(fields), thresholds, [], { path: "locustfile.py" });
  };
  const broken = { text: "p95 < 50ms on GET /menu", observed: 100, met: false };

  it("a threshold that does not hold is a finding; the test that was ended for it says when", () => {
    const { outcome, findings, tests } = judge({ thresholds: [broken], hopeless: broken.text });
    expect(outcome).toBe("findings");
    expect(findings.map(({ message }) => message)).toEqual([
      "p95 < 50ms on GET /menu: it was 100 ms; ended after 19.5 s, when it could not be met any more",
    ]);
    expect(tests).toMatchObject([{ name: broken.text, outcome: "failed" }]);
  });

  it("a generator that is the bottleneck makes everything inconclusive", () => {
    const busy = { processes: 1, processor: 93, due: 0, dropped: 0 };
    const dropping = { processes: 1, processor: 10, due: 100, dropped: 1 };
    expect(judge({ thresholds: [broken], generator: busy }).outcome).toBe("inconclusive");
    expect(judge({ generator: dropping })).toMatchObject({
      outcome: "inconclusive",
      reason:
        "the load generator was the bottleneck: 1 of 100 arrivals found no user free: give more users (10 now), or a lower arrival rate",
    });
    expect(judge({ generator: { ...busy, processor: 90 } }).outcome).toBe("clean");
  });

  it("what never happened is an error, never a pass", () => {
    const unseen = { text: "p95 < 50ms on GET /menus", observed: null, met: false };
    expect(judge({ thresholds: [unseen] })).toMatchObject({
      outcome: "error",
      reason: expect.stringContaining("no request was named GET /menus (did you mean GET /menu?)"),
    });
    const none = { ...evidence().all, requests: 0 };
    expect(judge({ all: none })).toMatchObject({ outcome: "error" });
    expect(judge({ raised: { "KeyError: 'id'": 3 } })).toMatchObject({
      outcome: "error",
      reason: "tasks of the locustfile raised KeyError: 'id' (3 times)",
    });
  });
});

describe("comparison", () => {
  it("names what became worse by more than is allowed, and no noise", () => {
    const before = evidence();
    expect(regressions(evidence({}, 109), before, 10)).toEqual([]);
    expect(regressions(evidence({}, 112), before, 10)).toEqual([
      "p95 of all requests went from 100 ms to 112 ms",
      "p95 of GET /menu went from 100 ms to 112 ms",
    ]);
    expect(regressions(evidence({}, 5.9), evidence({}, 1), 10)).toEqual([]);
    const failing = { ...before.all, errors: 20, rps: 40 };
    expect(regressions(evidence({ all: failing }), before, 10)).toEqual([
      "errors of all requests went from 0 % to 2 %",
      "throughput went from 50 to 40 requests a second",
    ]);
  });

  it("a run is never worse than itself, and better is never worse", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 50 }),
        (p95, better, allowed) => {
          expect(regressions(evidence({}, p95 * better), evidence({}, p95), allowed)).toEqual([]);
        },
      ),
    );
  });

  it("refuses another load, and what is no such file", () => {
    expect(() => regressions(evidence({ users: 11 }), evidence(), 10)).toThrow(
      new ComparisonError("accepted: another load cannot be compared with: users was 10 and is 11"),
    );
    expect(() => readAccepted("{}")).toThrow(/^accepted: no load-test.json of an earlier run/);
    expect(() => readAccepted("no JSON")).toThrow(ComparisonError);
    expect(readAccepted(JSON.stringify(evidence()))).toEqual(evidence());
  });
});

it("kitchen_load counts, judges and gives up as it should", () => {
  const folder = mkdtempSync(join(tmpdir(), "kitchen-load-"));
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, {
      encoding: "utf8",
      stdio: "pipe",
      env: {
        ...process.env,
        PYTHONPATH: `${here("../scripts/load_test")}:${folder}`,
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
  try {
    const lock = ["--require-hashes", "-r", here("../tools/load.lock")];
    run("python3", "-m", "pip", "install", "--quiet", "--target", folder, ...lock);
    run("python3", here("load_test/test_kitchen_load.py"));
  } catch (error) {
    throw new Error(`${(error as { stderr: string }).stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
