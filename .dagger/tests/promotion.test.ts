import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Project } from "../src/checks/tool.ts";
import { readConfig } from "../src/config.ts";
import { abort, beforeOf, rollback } from "../src/release/promotion/go-back.ts";
import {
  entrySchema,
  type HistoryEntry,
  historyText,
  lastDigest,
  lineOf,
  readHistory,
} from "../src/release/promotion/history.ts";
import {
  type Place,
  servingOf,
  wrongWithPlace,
  wrongWithSteps,
} from "../src/release/promotion/preflight.ts";
import { holderOf, promoteFirst, resume } from "../src/release/promotion/promote.ts";
import { rolloutText } from "../src/release/promotion/promotion-text.ts";
import { rolloutReport } from "../src/release/promotion/rollout-report.ts";
import { tagSchema, wrongWithTag } from "../src/release/promotion/tag.ts";
import { finish } from "../src/release/promotion/write-down.ts";
import { slowerThan } from "../src/release/rollout/cohort.ts";
import { cohortOf } from "../src/release/rollout/measure.ts";
import { memoryOf, readKept, stageOn } from "../src/release/rollout/on-environment.ts";
import { beginRollout, type Rollout } from "../src/release/rollout/rollout.ts";
import { begin, run } from "../src/release/rollout/run.ts";
import { htmlReport } from "../src/report/html.ts";
import { Killed, MemoryEnvironment, releaseOf } from "./memory-environment.ts";

const [a, b, c] = ["a", "b", "c"].map(releaseOf) as [Release, Release, Release];
type Release = ReturnType<typeof releaseOf>;
const text = `rollout:
  steps: [{ weight: 10, soak: 10s, requests: 100 }, { weight: 100, soak: 10s, requests: 100 }]
  limits: { errorRate: 10, errorIncrease: 10, percentile: 95, latency: 0.5, latencyIncrease: 50 }
  watch: 10s
`;

let environment: MemoryEnvironment;
let place: Place;

beforeEach(async () => {
  environment = new MemoryEnvironment();
  const project = { config: readConfig(text, []) } as Project;
  place = { project, name: "production", environment };
  await environment.deploy(a.manifest);
  environment.calls.length = 0;
});

/** What `promote` does once everything is verified. */
async function start(release: Release, previous: Release): Promise<Rollout> {
  const memory = memoryOf(environment);
  await memory.read();
  const rollout = beginRollout({
    ...{ kind: "promotion", release: release.digest, previous: previous.digest, plan: null },
    ...{ started: memory.now(), actor: "ada", why: "", used: [], approvals: ["cleo until noon"] },
    settings: place.project.config.rollout as NonNullable<Project["config"]["rollout"]>,
  });
  await begin(memory, memory, "ada (1)", rollout);
  return rollout;
}

async function goOn(release: Release, holder = "ada (1)", takeOver = false): Promise<Rollout> {
  const kept = readKept((await environment.recall()).rollout);
  if (!kept) throw new Error("there is nothing to go on with");
  const memory = memoryOf(environment);
  const supplies = { manifest: async () => release.manifest };
  const rollout = await run(
    stageOn(environment, kept.rollout, supplies),
    memory,
    memory,
    holder,
    takeOver,
  );
  await finish(place);
  return rollout;
}

async function promoted(release: Release, previous: Release): Promise<Rollout> {
  await start(release, previous);
  return goOn(release);
}

const entries = () => readHistory(environment.history);
const serving = async () => servingOf(await environment.current());

describe("a release in an environment", () => {
  it("gets its shares of the traffic, then all, and the history has it", async () => {
    const { phase, log } = await promoted(b, a);
    expect(phase).toBe("done");
    expect(environment.shares).toEqual(["a 100", "a 90", "b 10", "b 100"]);
    expect(environment.dags).toBe(b.digest);
    expect(entries()).toMatchObject([
      { kind: "promotion", release: b.digest, previous: a.digest, serves: b.digest, actor: "ada" },
    ]);
    expect(log.filter(({ look }) => look).length).toBeGreaterThan(10);
    expect((await promoted(c, b)).phase).toBe("done");
    expect(entries()).toHaveLength(2);
    expect(await serving()).toBe(c.digest);
  });

  it.each([
    ["errors", { "5xx": 90 }, /^error rate is /u],
    ["refused connections", { connectionErrors: 90 }, /^error rate is /u],
    ["slow answers", "slow", /^share slower than 0.5 s is /u],
    ["another image", "another", /^it serves sha256:\w+ as image sha256:9+, not sha256:/u],
    ["counters that nobody knows", "unseen", /^3 measurements failed one after the other: /u],
  ] as const)("with %s goes back, and what served serves", async (_, fault, words) => {
    environment.faults = { [b.digest]: fault };
    const { phase, failure } = await promoted(b, a);
    expect([phase, failure]).toEqual(["reverted", expect.stringMatching(words)]);
    expect(environment.shares).toEqual(["a 100", "a 90", "b 10", "a 100"]);
    expect(environment.dags).toBe(a.digest);
    expect(entries()).toMatchObject([{ outcome: "reverted", serves: a.digest, failure }]);
  });

  it.each([
    ["probed", "status 500"],
    ["deployed", "deploy: Airflow cannot parse DAGs of this release"],
  ])("that fails when it is %s has no traffic, ever", async (_, problem) => {
    environment.problems = { [b.digest]: problem };
    const { phase, failure } = await promoted(b, a);
    expect([phase, failure]).toEqual(["reverted", expect.stringContaining(problem)]);
    expect(new Set(environment.shares)).toEqual(new Set(["a 100"]));
    expect(environment.dags).toBe(a.digest);
  });

  it("of which Prometheus is asked goes back when there is none, and says so", async () => {
    const query = "sum(increase(x{release='$release'}[$window]))";
    const metrics = `  metrics: { prometheus: { url: "http://127.0.0.1:1", requests: "${query}", errors: "${query}", latency: "${query}" } }\n`;
    const config = readConfig(text.replace(/10s/gu, "1s") + metrics, []);
    place = { ...place, project: { config } as Project };
    const { phase, failure } = await promoted(b, a);
    expect([phase, failure]).toEqual([
      "reverted",
      expect.stringMatching(
        /^3 measurements failed one after the other: Prometheus at http:\/\/127.0.0.1:1: it does not answer \(/u,
      ),
    ]);
    expect(environment.calls).not.toContain("observe");
  });

  it("that somebody replaces in its slot goes back", async () => {
    await start(b, a);
    environment.disturb = (moment) => {
      if (moment === "before observe") environment.slots.green = c.manifest;
    };
    expect((await goOn(b)).failure).toContain("slot green holds ");
  });
});

describe("the first release of an environment", () => {
  const order = {
    ...{ release: b.digest, registry: "", approvals: {} as never, git: {} as never, access: {} },
    ...{ actor: "ada", reviewers: [], terraform: {} as never },
  };
  const ready = {
    ...{ manifest: b.manifest, settings: {} as never, plan: undefined },
    ...{ approvals: { accepted: ["cleo"], used: [a.digest] }, serving: undefined },
    revision: undefined,
  };

  beforeEach(() => {
    environment = new MemoryEnvironment();
    place = { ...place, environment };
  });

  it("has all traffic at once", async () => {
    await promoteFirst(place, order, ready);
    expect(await serving()).toBe(b.digest);
    expect(entries()).toMatchObject([
      { kind: "first", outcome: "done", serves: b.digest, failure: null, used: [a.digest] },
    ]);
  });

  it.each([
    ["deployed", "deploy: the host cannot pull this image", null],
    ["probed", "status 500", b.digest],
  ])(
    "that fails when it is %s is in the history, and its approval is used",
    async (_, problem, serves) => {
      environment.problems = { [b.digest]: problem };
      await expect(promoteFirst(place, order, ready)).rejects.toThrow(problem);
      expect(entries()).toMatchObject([
        { kind: "first", outcome: "failed", serves, used: [a.digest] },
      ]);
      expect(entries()[0]?.failure).toContain(problem);
      expect(historyText("production", entries())).toContain("by ada: failed\n");
      await expect(rollback(place, "bob", "")).rejects.toThrow("there is nothing to go back to");
    },
  );

  it("that cannot be written down says so beside what failed", async () => {
    environment.problems = { [b.digest]: "deploy: no such image" };
    environment.disturb = (moment) => {
      if (moment === "before append") throw new Error("nothing was deployed there yet");
    };
    await expect(promoteFirst(place, order, ready)).rejects.toThrow(
      "deploy: no such image\nIt is not in the history: nothing was deployed there yet",
    );
  });
});

describe("what is done by hand while a rollout is under way", () => {
  it("is refused with who is at it, and not when it is over", async () => {
    await start(b, a);
    const byHand = [
      () => environment.setWeights({ blue: 50, green: 50 }),
      () => environment.rollback(a.digest),
      () => environment.deploy(c.manifest),
    ];
    for (const attempt of byHand) {
      await expect(attempt()).rejects.toThrow(
        /^the promotion of sha256:\w+ is deploying, moved by ada \(1\) since \S+Z: resume or abort it first$/u,
      );
    }
    expect((await goOn(b)).phase).toBe("done");
    for (const attempt of byHand) await attempt();
  });
});

describe("a process that dies", () => {
  it.each([
    ["good", undefined, "done"],
    ["bad", { "5xx": 90 }, "reverted"],
  ] as const)(
    "at any moment of the rollout of a %s release, is followed by one that ends it",
    async (_, fault, end) => {
      let moments = 0;
      environment.faults = fault ? { [b.digest]: fault } : {};
      environment.disturb = () => {
        moments++;
      };
      await promoted(b, a);
      expect(moments).toBeGreaterThan(20);
      for (let at = 0; at < moments; at++) {
        environment = new MemoryEnvironment();
        place = { ...place, environment };
        await environment.deploy(a.manifest);
        environment.faults = fault ? { [b.digest]: fault } : {};
        let moment = 0;
        environment.disturb = () => {
          if (moment++ === at) throw new Killed("killed");
        };
        await expect(promoted(b, a)).rejects.toThrow("killed");
        const kept = readKept((await environment.recall()).rollout);
        if (!kept) continue; // it had not begun
        const { blue, green } = environment.weights;
        expect(blue + green).toBe(100);
        if (kept.rollout.failure !== null && kept.rollout.phase === "reverted") {
          expect(environment.weights.blue).toBe(100);
        }
        const rollout = await goOn(b, "next", true);
        expect([at, rollout.phase]).toEqual([at, end]);
        expect([at, await serving()]).toEqual([at, end === "done" ? b.digest : a.digest]);
        expect(environment.dags).toBe(end === "done" ? b.digest : a.digest);
        expect(entries()).toHaveLength(1);
      }
    },
  );
});

describe("a way back", () => {
  it("ends a rollout that somebody else moves, and the history says who and why", async () => {
    await start(b, a);
    environment.disturb = (moment) => {
      if (moment === "before observe") throw new Killed("killed");
    };
    await expect(goOn(b)).rejects.toThrow("killed");
    expect(environment.weights).toEqual({ blue: 90, green: 10 });
    environment.disturb = () => {};
    await abort(place, "bob", "customers complain");
    expect(environment.weights).toEqual({ blue: 100, green: 0 });
    expect(entries()).toMatchObject([
      { kind: "promotion", outcome: "reverted", failure: "customers complain" },
    ]);
    await expect(abort(place, "bob", "")).rejects.toThrow(
      "production: there is no rollout to abort",
    );
    await expect(resume(place, { registry: "", access: {} }, "bob", false)).rejects.toThrow(
      "production: there is no rollout to go on with",
    );
  });

  it("after a rollout leads to the release before, traffic first", async () => {
    await promoted(b, a);
    environment.calls.length = 0;
    await rollback(place, "bob", "it is slow");
    expect(environment.calls).toEqual(["remember", "remember", "rollback", "remember", "append"]);
    expect(await serving()).toBe(a.digest);
    expect(historyText("production", entries()).replace(/^\S+Z/gmu, "AT")).toContain(
      `AT  way back from ${b.digest} by bob: done\n  because   it is slow\n  serves    ${a.digest}\n`,
    );
  });

  it("that died between traffic and DAGs is gone on with, and never leads forward", async () => {
    await promoted(b, a);
    environment.disturb = (moment) => {
      if (moment === "inside rollback") throw new Killed("killed");
    };
    await expect(rollback(place, "bob", "")).rejects.toThrow("killed");
    expect([await serving(), environment.dags]).toEqual([a.digest, b.digest]);
    environment.disturb = () => {};
    await goOn(b, "next", true);
    expect([await serving(), environment.dags]).toEqual([a.digest, a.digest]);
  });

  it("leads only to what was here once, with its registry when it is in no slot", async () => {
    await promoted(b, a);
    await promoted(c, b);
    const to = (digest: string) => rollback(place, "bob", "", digest);
    const near = b.digest.replace(/.$/u, (last) => (last === "0" ? "1" : "0"));
    await expect(to(near)).rejects.toThrow(
      `production never served release ${near}: did you mean ${b.digest}?`,
    );
    // The first came without a promotion: nobody approved it.
    await expect(to(a.digest)).rejects.toThrow(`production never served release ${a.digest}`);
    await to(b.digest);
    expect(await serving()).toBe(b.digest);
    await promoted(a, b);
    await promoted(c, a);
    await expect(to(b.digest)).rejects.toThrow("is in no slot any more: give the registry");
  });

  it("is refused where there is nothing to go back to", async () => {
    await expect(rollback(place, "bob", "")).rejects.toThrow(
      `${a.digest} is the only release here: there is nothing to go back to`,
    );
    const empty = new MemoryEnvironment();
    await expect(rollback({ ...place, environment: empty }, "bob", "")).rejects.toThrow(
      "nothing was deployed here",
    );
  });

  it("is there in an environment that remembers no rollouts, and promotion is not", async () => {
    Object.defineProperty(environment, "memory", { value: undefined });
    await environment.deploy(b.manifest);
    await environment.setWeights({ blue: 50, green: 50 });
    await rollback(place, "bob", "");
    expect(await serving()).toBe(a.digest);
    expect(() => memoryOf(environment)).toThrow("this kind of environment remembers no rollouts");
  });

  it("from DAGs that came without traffic leads to what serves", async () => {
    await environment.deploy(b.manifest);
    expect(beforeOf(await environment.current())).toBe(a.digest);
    await environment.setWeights({ blue: 50, green: 50 });
    expect(beforeOf(await environment.current())).toBe(a.digest);
    await environment.setWeights({ blue: 0, green: 100 });
    expect(beforeOf(await environment.current())).toBe(a.digest);
  });
});

describe("before anything is touched", () => {
  const seen = async (change: Partial<Parameters<typeof wrongWithPlace>[0]> = {}) => {
    const current = await environment.current();
    const kept = readKept((await environment.recall()).rollout);
    return { at: new Date(), kept, history: [], current, serving: servingOf(current), ...change };
  };

  it("a clock that is wrong by an hour is said, and five minutes are forgiven", async () => {
    const off = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    const wrong = wrongWithPlace(await seen({ at: off(60.01) }), b.digest);
    expect(wrong).toEqual([
      "the clock here and the one of kitchen-test are 1 h apart: with a wrong one nobody can say what has expired",
    ]);
    expect(wrongWithPlace(await seen({ at: off(-4) }), b.digest)).toEqual([]);
  });

  it("somebody who is at it is named, and so is what serves already", async () => {
    expect(wrongWithPlace(await seen(), a.digest)).toEqual(["it has all traffic there already"]);
    await start(b, a);
    expect(wrongWithPlace(await seen(), c.digest)[0]).toMatch(
      /^the promotion of sha256:\w+ is deploying, moved by ada \(1\) since \S+Z: resume or abort it first$/u,
    );
  });

  it("traffic that no rollout shared is said", async () => {
    await environment.deploy(b.manifest);
    await environment.setWeights({ blue: 50, green: 50 });
    expect(wrongWithPlace(await seen(), c.digest)[0]).toContain("both slots have traffic");
  });

  it("steps that a kind of environment cannot do are said", () => {
    const steps = (...weights: number[]) => ({
      steps: weights.map((weight) => ({ weight, soak: 1, requests: 1 })),
    });
    const allAtOnce = { allAtOnce: "it exchanges what runs" };
    expect(wrongWithSteps({}, steps(5, 100))).toEqual([]);
    expect(wrongWithSteps(allAtOnce, steps(100))).toEqual([]);
    expect(wrongWithSteps(allAtOnce, steps(5, 25, 100))).toEqual([
      "kitchen.yaml: rollout.steps have weights 5, 25, 100 %: it exchanges what runs",
    ]);
    expect(wrongWithSteps({}, steps(100))).toEqual([
      "kitchen.yaml: rollout.steps begin with 100 %: there is nothing to compare with then",
    ]);
  });

  it("a tag has to be there, at the release's commit, on main", () => {
    const commit = "a".repeat(40);
    const found = (change: Partial<z.infer<typeof tagSchema>>) =>
      wrongWithTag(
        "v1.2",
        { commit, tags: ["v1.1"], branches: ["refs/heads/main"], ...change },
        commit,
      );
    expect(found({})).toBeUndefined();
    expect(found({ commit: null })).toBe("there is no tag v1.2: did you mean v1.1?");
    expect(found({ commit: "b".repeat(40) })).toContain("and the release is of aaa");
    expect(found({ branches: [] })).toContain("which is not on main");
  });

  it("two processes of one person have two names", () => {
    expect(holderOf("ada")).toMatch(/^ada \([0-9a-f]{8}\)$/u);
    expect(holderOf("ada")).not.toBe(holderOf("ada"));
  });
});

describe("a history", () => {
  it("in which something was changed, left out or put in is refused", async () => {
    await promoted(b, a);
    await promoted(c, b);
    await rollback(place, "bob", "");
    const lines = [...environment.history];
    const [first = "", second = "", third = ""] = lines;
    expect(readHistory(lines)).toHaveLength(3);
    const wrong = (...changed: string[]) => {
      expect(() => readHistory(changed)).toThrow(/something was changed, left out or put in/u);
    };
    wrong(second, third);
    wrong(first, third);
    wrong(first.replace('"ada"', '"eve"'), second, third);
    wrong(first, first, second, third);
    expect(() => readHistory([first, "nothing"])).toThrow("line 2 of the history is no JSON");
    expect(() => readHistory([first, "{}"])).toThrow("line 2 of the history is no entry");
    await expect(
      environment.append(lineOf({ ...(entries()[0] as HistoryEntry), why: "x" }), undefined),
    ).rejects.toThrow();
    expect(lastDigest([])).toBeNull();
    expect(historyText("production", [])).toBe("nothing was released to production yet\n");
  });

  /** Written anew by `npx vitest run .dagger/tests/promotion.test.ts -u`. */
  it("docs/history.schema.json is what history.ts says", async () => {
    const schema = z.toJSONSchema(entrySchema, { target: "draft-7" });
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
      "../../docs/history.schema.json",
    );
  });
});

describe("what is shown", () => {
  it("of a rollout says who moves it, how far it is, and what happened", async () => {
    await start(b, a);
    let looks = 0;
    environment.disturb = (moment) => {
      if (moment === "before observe" && looks++ === 2) throw new Killed("killed");
    };
    await expect(goOn(b)).rejects.toThrow("killed");
    const kept = readKept((await environment.recall()).rollout);
    if (!kept) throw new Error("nothing is remembered");
    const shown = rolloutText("production", kept)
      .replace(/\d{4}-\S+Z/gu, "AT")
      .replace(/sha256:(\w)\w+/gu, "sha256:$1…");
    expect(shown).toMatchInlineSnapshot(`
      "promotion of sha256:4… to production by ada: soaking
        before    sha256:d…
        approved  cleo until noon
        moved by  ada (1) since AT, who may need until AT
        step      1 of 2: 10 % of the traffic, look 3 of 10, 6 s of 10 s, 60 of 100 requests
        AT    0 %  deploying  it is deployed, without traffic
        AT    0 %  probing    it answers as it should
        AT   10 %  shifting   it has 10 % of the traffic
        AT   10 %  soaking    30 requests do not tell yet: error rate, error rate above the old version's, share slower than 0.5 s, share slower than 0.143 s (the old version's p95 and 50 %)
        AT   10 %  soaking    60 requests do not tell yet: share slower than 0.5 s, share slower than 0.143 s (the old version's p95 and 50 %)
      "
    `);
  });

  it("of one that went back is a finding, a timeline and curves", async () => {
    environment.faults = { [b.digest]: { "5xx": 90 } };
    const rollout = await promoted(b, a);
    const report = rolloutReport("production", rollout);
    const [of] = report.runs;
    expect(of?.findings[0]?.message).toContain(`${b.digest} went back: error rate is `);
    expect(of?.tables?.[0]?.rows.map((row) => row.slice(1, 6).join(" "))).toMatchInlineSnapshot(`
      [
        "deploying 0 %   ",
        "probing 0 %   ",
        "shifting 10 %   ",
        "soaking 10 % 30 (270) 30 (0) 95 ms (95 ms)",
        "reverting 0 %   ",
      ]
    `);
    expect(of?.charts?.map(({ title }) => title)).toEqual([
      ...["Weight of the new version", "Errors", "Latency p50", "Latency p95", "Latency p99"],
    ]);
    expect(htmlReport(report)).toContain("<svg");
  });
});

it("what requests of a window did is counted against the version that they met", () => {
  const counters = {
    ...{ requests: 100, "2xx": 90, "3xx": 0, "4xx": 5, "5xx": 3 },
    ...{ connectionErrors: 1, responseErrors: 1, retries: 2, redispatches: 1 },
  };
  const rest = { release: b.digest, weight: 10, reset: false, served: null };
  expect(cohortOf({ ...rest, counters, latency: { "+Inf": 98 } })).toEqual({
    ...{ requests: 100, errors: 5, latency: { "+Inf": 98 } },
  });
  // Ten tries of one request that nobody took are one error.
  const refused = { ...counters, requests: 1, "5xx": 0, connectionErrors: 10 };
  expect(cohortOf({ ...rest, counters: refused, latency: null })?.errors).toBe(1);
  expect(cohortOf({ ...rest, counters: null, latency: null })).toBeNull();
  expect(cohortOf({ ...rest, counters, latency: null, reset: true })).toBeNull();
  // As Python's client writes its bounds.
  const written = { "0.5": 90, "1.0": 95, "5.0": 98, "+Inf": 98 };
  const cohort = cohortOf({ ...rest, counters, latency: written });
  expect(cohort && slowerThan(cohort, 1)).toEqual({ count: 3, total: 98 });
});
