import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settingsSchema } from "../src/config/rollout.ts";
import { analyse, verdictOf } from "../src/release/rollout/analysis.ts";
import { type Cohort, nothing, percentile, together } from "../src/release/rollout/cohort.ts";
import {
  differenceInterval,
  normalQuantile,
  shareInterval,
} from "../src/release/rollout/proportions.ts";

const z95 = 1.959963985;

describe("the normal quantile", () => {
  it.each([
    [0.5, 0],
    [0.75, 0.67448975],
    [0.95, 1.644853627],
    [0.975, 1.959963985],
    [0.995, 2.575829304],
    [0.999, 3.090232306],
    [1e-10, -6.361340889],
  ])("of %d is %d", (probability, expected) => {
    expect(normalQuantile(probability)).toBeCloseTo(expected, 5);
  });

  it("is of probabilities only", () => {
    for (const wrong of [0, 1, -1, Number.NaN])
      expect(() => normalQuantile(wrong)).toThrow("between");
  });
});

describe("intervals", () => {
  // Newcombe 1998, Statistics in Medicine 17: table I (one share), table II of the second paper.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("of %i in %i are from %d to %d", (count, total, lower, upper) => {
    const found = shareInterval({ count, total }, z95);
    expect([found.lower, found.upper].map((each) => each.toFixed(4))).toEqual(
      [lower, upper].map((each) => each.toFixed(4)),
    );
  });

  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])("of %i/%i - %i/%i are from %d to %d", (a, m, b, n, lower, upper) => {
    const found = differenceInterval({ count: a, total: m }, { count: b, total: n }, z95);
    expect(found.lower).toBeCloseTo(lower, 4);
    expect(found.upper).toBeCloseTo(upper, 4);
  });

  it("hold the share itself, get narrower with requests, and turn round with the versions", () => {
    const share = fc
      .integer({ min: 1, max: 5000 })
      .chain((total) =>
        fc.record({ count: fc.integer({ min: 0, max: total }), total: fc.constant(total) }),
      );
    fc.assert(
      fc.property(share, share, (one, other) => {
        const { lower, upper } = shareInterval(one, z95);
        expect(lower).toBeLessThanOrEqual(one.count / one.total);
        expect(upper).toBeGreaterThanOrEqual(one.count / one.total);
        const more = shareInterval({ count: one.count * 10, total: one.total * 10 }, z95);
        expect(more.upper - more.lower).toBeLessThan(upper - lower);
        const there = differenceInterval(one, other, z95);
        const back = differenceInterval(other, one, z95);
        expect(there.lower).toBeCloseTo(-back.upper, 10);
      }),
    );
    expect(shareInterval({ count: 0, total: 0 }, z95)).toEqual({ lower: 0, upper: 1 });
  });
});

/** A cohort whose requests took 50 ms, some of them 400 ms. */
function cohort(requests: number, errors = 0, slow = 0): Cohort {
  return {
    requests,
    errors,
    latency: { "0.1": requests - slow, "0.25": requests - slow, "0.5": requests, "+Inf": requests },
  };
}

const { limits } = settingsSchema.parse({
  limits: { errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.25, latencyIncrease: 20 },
});
const verdict = (now: Cohort, old: Cohort) => verdictOf(analyse(now, old, limits, 95));

describe("a verdict", () => {
  it("is a pass when enough requests show that nothing is worse", () => {
    expect(verdict(cohort(1000), cohort(19_000))).toBe("pass");
    expect(verdict(cohort(1000, 1, 20), cohort(19_000, 19, 380))).toBe("pass");
  });

  it("is a fail when more errors or slower answers cannot be chance", () => {
    expect(verdict(cohort(500, 25), cohort(9500))).toBe("fail");
    expect(verdict(cohort(500, 0, 100), cohort(9500))).toBe("fail");
    const findings = analyse(cohort(500, 25), cohort(9500), limits, 95);
    expect(findings.map(({ measure, verdict: of }) => `${measure}: ${of}`)).toEqual([
      "error rate: fail",
      "error rate above the old version's: fail",
      "share slower than 0.25 s: pass",
      "share slower than 0.114 s (the old version's p95 and 20 %): pass",
    ]);
  });

  it("is inconclusive with too little data, or none, and never a pass", () => {
    expect(verdict(nothing, nothing)).toBe("inconclusive");
    expect(verdict(cohort(100), cohort(1900))).toBe("inconclusive");
    expect(verdict(cohort(1000), nothing)).toBe("inconclusive");
    expect(verdict({ ...cohort(1000), latency: {} }, cohort(1000))).toBe("inconclusive");
    fc.assert(
      fc.property(fc.nat(150), fc.nat(100_000), (few, many) => {
        expect(verdict(cohort(few), cohort(many))).not.toBe("pass");
      }),
    );
  });

  it("does not turn better when errors are added", () => {
    const rank = { pass: 0, inconclusive: 1, fail: 2 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), fc.nat(), (requests, a, b) => {
        const [fewer, more] = [a % (requests + 1), b % (requests + 1)].sort((x, y) => x - y);
        const old = cohort(20_000, 20);
        expect(rank[verdict(cohort(requests, more), old)]).toBeGreaterThanOrEqual(
          rank[verdict(cohort(requests, fewer), old)],
        );
      }),
    );
  });
});

describe("cohorts", () => {
  it("add up, in any order, and percentiles are of the sum", () => {
    const one = fc.record({ requests: fc.nat(1000) }).map(({ requests }) => cohort(requests));
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        const sum = (x: Cohort, y: Cohort) => together(x, y) as Cohort;
        expect(sum(sum(a, b), c)).toEqual(sum(a, sum(b, c)));
        expect(together(a, b)).toEqual(together(b, a));
        expect(together(a, nothing)).toEqual(a);
      }),
    );
    const both = together(cohort(90), cohort(10, 0, 10)) as Cohort;
    expect([50, 90, 95].map((each) => percentile(both, each))).toEqual([
      0.1 * (50 / 90),
      0.1,
      0.375,
    ]);
    expect(percentile(nothing, 95)).toBeUndefined();
    const other = { ...cohort(1), latency: { "1": 1, "+Inf": 1 } };
    expect(together(cohort(1), other)).toBeUndefined();
  });
});
