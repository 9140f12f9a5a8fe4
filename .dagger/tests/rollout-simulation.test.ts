import { expect, it } from "vitest";
import {
  defaults,
  old,
  Random,
  type Result,
  type Scenario,
  simulate,
} from "./rollout-simulation.ts";

/** `npm run bench:rollouts` sets 10,000; as a test fewer, with wider bounds. */
const count = Number(process.env.KITCHEN_ROLLOUTS ?? 300);
const load = 100; // requests a second
const good: Scenario = { name: "as good as the old one", now: old, load };

/** Releases with a fault, and how many of them must not come through: share of all. */
const faults: readonly (readonly [Scenario, number])[] = [
  [{ name: "5 % errors", now: { ...old, errors: 0.05 }, load }, 0.99],
  [{ name: "3 % errors", now: { ...old, errors: 0.03 }, load }, 0.99],
  [{ name: "latency × 1.5", now: { ...old, median: 0.06 }, load }, 0.99],
  [{ name: "latency × 2", now: { ...old, median: 0.08 }, load }, 0.99],
  [{ name: "5 % errors from 50 % on", now: { ...old, errors: 0.05, from: 50 }, load }, 0.99],
  [{ name: "5 % errors, 20 requests/s", now: { ...old, errors: 0.05 }, load: 20 }, 0.99],
  [{ name: "5 % errors, 1 request/s", now: { ...old, errors: 0.05 }, load: 1 }, 0.99],
  [{ name: "every other measurement fails", now: { ...old, blind: 0.5 }, load }, 0.5],
];

/** What needs no bound: what little traffic does to good releases. */
const slow: Scenario = { name: "as good, 20 requests/s", now: old, load: 20 };

function rolledOut(scenario: Scenario): Result[] {
  const random = new Random(2026);
  return Array.from({ length: count }, () => simulate(scenario, defaults, random));
}

function row({ name }: Scenario, results: readonly Result[]): string {
  const back = results.filter(({ phase }) => phase === "reverted");
  const faulty = back.filter(({ inconclusive }) => !inconclusive);
  const median = (of: (result: Result) => number, list = results) => {
    const values = list.map(of).sort((one, other) => one - other);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  const percent = (part: number) => `${((part / results.length) * 100).toFixed(2)} %`;
  return [
    name,
    percent(results.length - back.length),
    percent(faulty.length),
    percent(back.length - faulty.length),
    `${Math.round(median(({ seconds }) => seconds) / 60)} min`,
    `${median(({ requests }) => requests)}`,
    `${median(({ failed }) => failed)}`,
  ].join(" | ");
}

it("good releases reach all traffic, and faults are caught", () => {
  const rows = ["release | done | caught | inconclusive | time | requests | failed"];
  const fine = rolledOut(good);
  rows.push(row(good, fine), row(slow, rolledOut(slow)));
  const back = fine.filter(({ phase }) => phase === "reverted");
  for (const [scenario, share] of faults) {
    const results = rolledOut(scenario);
    rows.push(row(scenario, results));
    const caught = results.filter(({ phase }) => phase === "reverted").length;
    expect(caught / count, scenario.name).toBeGreaterThanOrEqual(share);
  }
  if (process.env.KITCHEN_ROLLOUTS) console.log(rows.join("\n"));
  expect(back.length / count).toBeLessThan(0.05);
});

it("the same seed gives the same rollouts", () => {
  const once = () => simulate(good, defaults, new Random(7));
  expect(once()).toEqual(once());
});
