import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Ran } from "./repository.ts";

/** An environment of some kind, empty. */
export interface Place {
  /** runs a function of the environment: `call environment --name … ARGS` */
  call(...args: readonly string[]): Promise<Ran>;
  /** where people reach it, when something is deployed */
  readonly url: string;
}

/** The same, and two releases for it. */
export interface Subject extends Place {
  /** files of two releases of the same service; the second has a migration more */
  readonly releases: readonly [string, string];
}

const slot = z.object({
  release: z.string().nullable(),
  image: z.string().nullable(),
  weight: z.number(),
  running: z.boolean(),
  served: z.object({ release: z.string().nullable(), digest: z.string().nullable() }).nullable(),
});
const state = z.object({
  slots: z.object({ blue: slot, green: slot }),
  stable: z.string().nullable(),
  before: z.string().nullable(),
  airflow: z
    .object({
      release: z.string(),
      dags: z.record(z.string(), z.string().nullable()).nullable(),
      problem: z.string().nullable(),
    })
    .nullable(),
  containers: z.record(z.string(), z.boolean()),
  changes: z.array(z.string()).default([]),
  wentBack: z.string().nullable().optional(),
});
export type State = z.infer<typeof state>;

const counters = z.record(z.string(), z.number());
const observation = z.object({
  slots: z.record(
    z.string(),
    z.object({
      reset: z.boolean(),
      counters: counters.nullable(),
      latency: counters.nullable(),
    }),
  ),
  edge: counters.nullable(),
});

/** What a function of the environment answered, as JSON. */
export async function asked(place: Place, ...args: readonly string[]): Promise<State> {
  const ran = await place.call(...args, "json", "contents");
  expect(ran.exitCode, ran.stderr).toBe(0);
  return state.parse(JSON.parse(ran.stdout));
}

/** The error of a call that has to fail; what a container wrote may be a part of it. */
export async function refused(place: Place, ...args: readonly string[]): Promise<string> {
  const ran = await place.call(...args);
  expect(ran.exitCode, ran.stdout).toBe(1);
  return ran.stderr.slice(ran.stderr.search(/^Error: /mu)).trim();
}

export const weightsOf = ({ slots }: State) => [slots.blue.weight, slots.green.weight];

/** Which release an answer came from. */
export async function servedBy(place: Place): Promise<string> {
  const answer = await fetch(`${place.url}/version`, { headers: { Connection: "close" } });
  return z.object({ release_id: z.string() }).parse(await answer.json()).release_id;
}

/** A moment after the weights were moved an answer comes from a release. */
const isServed = (place: Place, release: string | null) =>
  expect.poll(() => servedBy(place), { timeout: 60_000, interval: 300 }).toBe(release);

/**
 * What every kind of environment does; the tests go on where the one before left it.
 *
 * @param allAtOnce why it shares no traffic, for a kind that does not
 */
export function describeEnvironment(
  kind: string,
  subject: () => Subject,
  allAtOnce?: string,
): void {
  const sharing = (name: string, work: () => Promise<void>) =>
    allAtOnce === undefined ? test(name, work) : test.skip(`${name} (${allAtOnce})`, work);
  describe(`an environment of kind ${kind}`, () => {
    let first: State;

    test("the first release gets all traffic, and is what is served", async () => {
      first = await asked(subject(), "deploy", "--release", subject().releases[0]);
      expect(weightsOf(first)).toEqual([100, 0]);
      const { blue, green } = first.slots;
      expect(blue.served).toEqual({
        release: blue.release,
        digest: blue.image?.replace(/^.*@/u, ""),
      });
      expect(green.release).toBeNull();
      expect(await servedBy(subject())).toBe(blue.release);
    });

    test("the same release again changes nothing", async () => {
      const again = await asked(subject(), "deploy", "--release", subject().releases[0]);
      expect(again).toEqual({ ...first, changes: [] });
    });

    test("without a release before there is nothing to roll back to", async () => {
      expect(await refused(subject(), "rollback", "summary")).toMatch(
        /is the only release here: there is nothing to go back to/u,
      );
    });

    test("another release goes to the slot without traffic, and the old one serves on its schema", async () => {
      const second = await asked(subject(), "deploy", "--release", subject().releases[1]);
      expect(weightsOf(second)).toEqual([100, 0]);
      const { blue, green } = second.slots;
      expect(blue).toEqual(first.slots.blue);
      expect(green.served?.release).toBe(allAtOnce === undefined ? green.release : undefined);
      expect(green.release).not.toBe(blue.release);
      const placed = await fetch(`${subject().url}/orders`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ customer: "old", items: [{ dish: "ramen", quantity: 1 }] }),
      });
      expect([placed.status, await servedBy(subject())]).toEqual([201, blue.release]);
    });

    test("a slot is probed at weight 0 as well as one that serves", async () => {
      for (const name of ["green", "blue"]) {
        const ran = await subject().call("smoke-test", "--slot", name);
        expect(ran.exitCode, ran.stderr).toBe(0);
        expect(ran.stdout).toContain("smokeTest: passed");
      }
    });

    sharing("weights share the traffic, and a window of it is counted by slot", async () => {
      expect(weightsOf(await asked(subject(), "set-weights", "--blue=50", "--green=50"))).toEqual([
        50, 50,
      ]);
      const watching = subject().call("observe", "--seconds=6", "contents");
      let running = true;
      let sent = 0;
      const user = async () => {
        while (running && sent < 8000) {
          await fetch(`${subject().url}/menu`);
          sent++;
          await sleep(20);
        }
      };
      const load = Promise.all([user(), user(), user(), user()]);
      const ran = await watching;
      running = false;
      await load;
      expect(ran.exitCode, ran.stderr).toBe(0);
      const seen = observation.parse(JSON.parse(ran.stdout));
      for (const name of ["blue", "green"]) {
        const { reset, counters: found, latency } = seen.slots[name] ?? {};
        expect([name, reset, found?.["5xx"]]).toEqual([name, false, 0]);
        expect(found?.requests).toBeGreaterThan(10);
        expect(latency?.["+Inf"]).toBeGreaterThan(10);
      }
      expect(seen.edge?.requests).toBeLessThanOrEqual(sent);
    });

    sharing("with both slots serving, a third release has no place", async () => {
      const before = await asked(subject(), "current");
      for (const args of [["--slot=blue"], ["--slot=green"]]) {
        // Each slot takes the release that it holds, and no other.
        const other = args[0] === "--slot=blue" ? 1 : 0;
        const said = await refused(
          subject(),
          ...["deploy", "--release", subject().releases[other], ...args, "summary"],
        );
        expect(said).toMatch(/slot \w+ gets 50 % of the traffic: deploy to the other one/u);
      }
      expect(await asked(subject(), "current")).toEqual(before);
    });

    test("weights that cannot be are refused, and none is set", async () => {
      const before = weightsOf(await asked(subject(), "current"));
      const said = await refused(subject(), "set-weights", "--blue=60", "--green=60", "summary");
      expect(said).toContain("the weights are blue 60 %, green 60 %: they have to sum up to 100");
      if (allAtOnce !== undefined) {
        const half = await refused(subject(), "set-weights", "--blue=50", "--green=50", "summary");
        expect(half).toContain("all traffic at once or none");
      }
      expect(weightsOf(await asked(subject(), "current"))).toEqual(before);
    });

    sharing("rollback in the middle goes back to what had all traffic", async () => {
      expect(weightsOf(await asked(subject(), "rollback"))).toEqual([100, 0]);
    });

    test("rollback from all traffic goes to the release before", async () => {
      const full = await asked(subject(), "set-weights", "--blue=0", "--green=100");
      expect([full.stable, full.before]).toEqual(["green", "blue"]);
      await isServed(subject(), full.slots.green.release);
      const back = await asked(subject(), "rollback");
      expect(weightsOf(back)).toEqual([100, 0]);
      await isServed(subject(), first.slots.blue.release);
    });
  });
}
