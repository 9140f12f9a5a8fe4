import { describe, expect, it } from "vitest";
import { Overtaken } from "../src/environments/environment.ts";
import { nothing } from "../src/release/rollout/cohort.ts";
import { type Rollout, rolloutSchema } from "../src/release/rollout/rollout.ts";
import { begin, bringBack, run } from "../src/release/rollout/run.ts";
import { abort } from "../src/release/rollout/transitions.ts";
import { cohort, newRollout, settings, World } from "./rollout-world.ts";

async function begun(): Promise<World> {
  const world = new World();
  await begin(world, world, "first", newRollout());
  return world;
}

/** How it ended, in short. */
function ending({ phase, failure }: Rollout): string {
  return failure ? `${phase}: ${failure}` : phase;
}

describe("a rollout", () => {
  it("of a good release goes step by step to all traffic, and is watched there", async () => {
    const world = await begun();
    const rollout = await run(world, world, world, "first");
    expect(ending(rollout)).toBe("done");
    expect(world.weights).toEqual([5, 50, 100]);
    expect(world.calls.slice(0, 6)).toEqual([
      "write deploying",
      "write deploying",
      "deploy",
      "write probing",
      "probe",
      "write shifting",
    ]);
    expect(rolloutSchema.parse(JSON.parse(JSON.stringify(rollout)))).toEqual(rollout);
  });

  it.each([
    ["errors", cohort(500, 50), "error rate is"],
    ["slow answers", cohort(500, 0, 200), "share slower than 0.5 s is"],
  ])("with %s goes back from its first step", async (_, measured, words) => {
    const world = await begun();
    world.measure = () => measured;
    const rollout = await run(world, world, world, "first");
    expect(ending(rollout)).toContain(`reverted: ${words}`);
    expect(world.weights).toEqual([5, 0]);
  });

  it("that the environment has taken back by itself says why", async () => {
    const world = await begun();
    world.wentBack = "ECS went back: alarms were detected";
    const rollout = await run(world, world, world, "first");
    expect(ending(rollout)).toBe("reverted: ECS went back: alarms were detected");
    expect(world.weights).toEqual([5, 0]);
  });

  it.each([
    ["done", cohort(500, 25)],
    ["reverted: error rate above the old version's is", cohort(500)],
  ])("all at once is compared with what the old version did before: %s", async (end, before) => {
    const world = new World();
    const all = { ...settings, steps: [{ weight: 100, soak: 10, requests: 300 }] };
    const limits = { ...settings.limits, errorRate: 50 };
    await begin(world, world, "first", { ...newRollout(), settings: { ...all, limits } });
    world.measure = () => cohort(500, 25);
    world.before = before;
    expect(ending(await run(world, world, world, "first"))).toContain(end);
    expect(world.weights[0]).toBe(100);
  });

  it("that turns bad under more traffic goes back from there", async () => {
    const world = await begun();
    world.measure = (weight) => cohort(500, weight >= 50 ? 50 : 0);
    expect((await run(world, world, world, "first")).phase).toBe("reverted");
    expect(world.weights).toEqual([5, 50, 0]);
  });

  it("that turns bad while it is watched goes back from all traffic", async () => {
    const world = await begun();
    world.measure = () => cohort(500, world.kept?.rollout.phase === "watching" ? 100 : 0);
    expect((await run(world, world, world, "first")).phase).toBe("reverted");
    expect(world.weights).toEqual([5, 50, 100, 0]);
  });

  it("goes back before it has traffic when a probe fails or it cannot be deployed", async () => {
    const probed = await begun();
    probed.problems = ["/version is 404"];
    expect(ending(await run(probed, probed, probed, "first"))).toBe("reverted: /version is 404");
    expect(probed.weights).toEqual([0]);
    const full = await begun();
    full.disturb = (moment) => {
      if (moment === "before deploy") throw new Error("disk full");
    };
    expect(ending(await run(full, full, full, "first"))).toBe("reverted: disk full");
  });

  it("goes back when it serves something else, or somebody moves its weight", async () => {
    const other = await begun();
    other.served = () => "sha256:other";
    expect(ending(await run(other, other, other, "first"))).toMatch(
      /^reverted: it serves sha256:other, not sha256:b+$/u,
    );
    const moved = await begun();
    moved.disturb = (moment) => {
      if (moment === "after shift 5") moved.weight = 30;
    };
    expect(ending(await run(moved, moved, moved, "first"))).toBe(
      "reverted: somebody has set its weight to 30 %, and not this rollout, which wants 5 %",
    );
  });

  it("with too little traffic is no pass: it waits, and goes back", async () => {
    const world = await begun();
    world.measure = () => cohort(3);
    const rollout = await run(world, world, world, "first");
    expect(ending(rollout)).toContain(
      "reverted: inconclusive after 30 s: 30 requests do not tell yet: error rate, error rate above",
    );
    expect(world.weights).toEqual([5, 0]);
  });

  it("of which a number is missing is no pass, and no measurement that failed", async () => {
    const world = await begun();
    world.measure = () => nothing;
    world.lacks = "no series for errors";
    const { failure, log } = await run(world, world, world, "first");
    expect(failure).toMatch(
      /^inconclusive after 30 s: no series for errors; 0 requests do not tell yet: error rate, /u,
    );
    expect(log.filter(({ look }) => look)).toHaveLength(10);
    expect(world.weights).toEqual([5, 0]);
  });

  it("without measurements goes back after three; fewer are forgiven", async () => {
    const blind = await begun();
    blind.measure = () => null;
    expect(ending(await run(blind, blind, blind, "first"))).toBe(
      "reverted: 3 measurements failed one after the other: the metrics cannot be read",
    );
    const blinking = await begun();
    let looks = 0;
    blinking.measure = () => (looks++ % 3 === 0 ? null : cohort(500));
    expect(ending(await run(blinking, blinking, blinking, "first"))).toBe("done");
  });

  it("that cannot be brought back says so, is tried three times, and can be resumed", async () => {
    const world = await begun();
    world.measure = () => cohort(500, 100);
    world.disturb = (moment) => {
      if (moment === "before revert") throw new Error("the host is gone");
    };
    await expect(run(world, world, world, "first")).rejects.toThrow(
      "it could not be brought back, try rollback: the host is gone",
    );
    expect(world.calls.filter((call) => call === "revert")).toHaveLength(3);
    expect(world.kept?.rollout.phase).toBe("reverting");
    world.disturb = () => {};
    expect((await run(world, world, world, "first")).phase).toBe("reverted");
  });
});

describe("a plan", () => {
  it("is applied before anything is deployed, and what was done is said", async () => {
    const world = new World();
    await begin(world, world, "first", newRollout("promotion", `sha256:${"f".repeat(64)}`));
    const rollout = await run(world, world, world, "first");
    expect(rollout.phase).toBe("done");
    expect(world.calls.filter((call) => !call.startsWith("write"))[0]).toBe("apply");
    expect(rollout.log[0]?.words).toBe("the plan is applied: 1 resource change");
  });

  it("that cannot be applied ends it before anything is deployed", async () => {
    const world = new World();
    world.applied = 1;
    await begin(world, world, "first", newRollout("promotion", `sha256:${"f".repeat(64)}`));
    expect(ending(await run(world, world, world, "first"))).toBe("reverted: the plan is stale");
    expect(world.deployed).toBe(false);
  });
});

describe("a rollback", () => {
  it("to a release that is in no slot has all traffic after its probes", async () => {
    const world = new World();
    await begin(world, world, "first", newRollout("rollback"));
    expect(ending(await run(world, world, world, "first"))).toBe("done");
    expect(world.weights).toEqual([100]);
    const broken = new World();
    broken.problems = ["/version is 404"];
    await begin(broken, broken, "first", newRollout("rollback"));
    expect(ending(await run(broken, broken, broken, "first"))).toBe("reverted: /version is 404");
    expect(broken.weights).toEqual([0]);
  });

  it("from all traffic asks nothing before the traffic is back", async () => {
    const world = new World();
    world.weight = 100;
    await begin(world, world, "first", newRollout("return"));
    expect(ending(await run(world, world, world, "first"))).toBe("reverted: it is slow");
    expect(world.calls.filter((call) => !call.startsWith("write"))).toEqual(["revert"]);
  });
});

describe("two processes", () => {
  it("do not move one rollout: the second is refused, and told until when", async () => {
    const world = await begun();
    await expect(run(world, world, world, "second")).rejects.toThrow(
      /^first moves the rollout of sha256:b+ since 2026-11-25T00:00:00\.000Z, and may need until 2026-11-25T00:30:00\.000Z: when that process is no more, take it over$/u,
    );
    await expect(begin(world, world, "second", newRollout())).rejects.toThrow(
      "is deploying, moved by first since 2026-11-25T00:00:00.000Z: resume or abort it first",
    );
    world.seconds = 31 * 60;
    expect((await run(world, world, world, "second")).phase).toBe("done");
    await begin(world, world, "second", newRollout());
    expect(world.kept?.rollout.phase).toBe("deploying");
  });

  it("what was verified before another rollout began and ended holds no more", async () => {
    const world = await begun();
    const { revision } = await run(world, world, world, "first");
    await expect(begin(world, world, "second", newRollout(), revision - 1)).rejects.toThrow(
      "somebody else changed what serves since everything was verified",
    );
    await begin(world, world, "second", newRollout(), revision);
  });

  it("one that is taken over touches nothing more, and the other ends it", async () => {
    const world = await begun();
    let taken: Promise<Rollout> | undefined;
    world.disturb = (moment) => {
      if (moment !== "after observe" || taken) return;
      taken = run(world, world, world, "second", true);
    };
    await expect(run(world, world, world, "first")).rejects.toThrow("somebody else wrote");
    expect((await taken)?.phase).toBe("done");
    expect(world.kept?.lease.holder).toBe("second");
  });

  it("an abort takes it over at any time, and the first one touches nothing more", async () => {
    const world = await begun();
    world.disturb = (moment) => {
      if (moment !== "before shift 50" || !world.kept) return;
      const rollout = abort(world.kept.rollout, "asked for", world.now());
      world.kept = { rollout, lease: { ...world.kept.lease, holder: "operator" } };
    };
    await expect(run(world, world, world, "first")).rejects.toThrow("somebody else moves it");
    expect(world.weights).toEqual([5]);
    const rollout = await bringBack(world, world, world, "operator", "asked for");
    expect(ending(rollout)).toBe("reverted: asked for");
    expect(world.weights).toEqual([5, 0]);
  });
});

/** How often a rollout changes or asks something, to be disturbed at each of these moments. */
async function moments(measure: World["measure"]): Promise<number> {
  const world = await begun();
  world.measure = measure;
  let count = 0;
  world.disturb = () => {
    count++;
  };
  await run(world, world, world, "first");
  return count;
}

describe.each([
  ["good", () => cohort(500), "done", 100],
  ["bad", () => cohort(500, 50), "reverted", 0],
] as const)("a process that dies in the rollout of a %s release", (_, measure, phase, weight) => {
  it("at any moment, is followed by one that ends it as it would have ended", async () => {
    const count = await moments(measure);
    expect(count).toBeGreaterThan(20);
    for (let at = 0; at < count; at++) {
      const world = await begun();
      world.measure = measure;
      let moment = 0;
      world.disturb = () => {
        if (moment++ === at) throw new Overtaken("killed");
      };
      await expect(run(world, world, world, "first")).rejects.toThrow("killed");
      world.seconds += 3600;
      const rollout = await run(world, world, world, "next");
      expect([rollout.phase, world.weight]).toEqual([phase, weight]);
    }
  });

  it("at any moment, can be brought back instead", async () => {
    const count = await moments(measure);
    for (let at = 0; at < count; at++) {
      const world = await begun();
      world.measure = measure;
      let moment = 0;
      world.disturb = () => {
        if (moment++ === at) throw new Overtaken("killed");
      };
      await expect(run(world, world, world, "first")).rejects.toThrow("killed");
      const rollout = await bringBack(world, world, world, "operator", "enough");
      const over = rollout.phase === "done" ? 100 : 0;
      expect(world.weight).toBe(over);
    }
  });
});
