import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CacheFolder, openCacheFolder } from "../../src/cache-folder.ts";
import type { Context } from "../../src/graph/context.ts";
import { Events } from "../../src/graph/events.ts";
import { defineOperation, type Operation, uncached } from "../../src/graph/operation.ts";
import { Solver } from "../../src/graph/solver.ts";
import { digestOfJson, type Json } from "../../src/tree/digest.ts";

let root: string;
let cache: CacheFolder;
let runs: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "galley-solver-"));
  cache = openCacheFolder(root);
  runs = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function session(): Solver {
  const context = {
    cache,
    events: new Events(),
    signal: new AbortController().signal,
  } as unknown as Context;
  const solver: Solver = new Solver(() => context);
  return solver;
}

const kept = {
  keep: true as const,
  store: (result: string): Json => result,
  restore: (json: Json) => (typeof json === "string" && json !== "pruned" ? json : undefined),
};

const word = defineOperation<{ word: string }, string>({
  name: "test word",
  identity: "recipe",
  caching: kept,
  run: async ({ word }) => {
    runs.push(word);
    return word;
  },
});

const joined = defineOperation<null, string>({
  name: "test joined",
  identity: "recipe",
  caching: kept,
  run: async (_args, inputs) => {
    runs.push("joined");
    return inputs.join(" ");
  },
});

const lowerCase = defineOperation<{ word: string }, string>({
  name: "test lower case",
  identity: (result) => digestOfJson(result),
  caching: uncached("costs less than a look-up"),
  run: async ({ word }) => {
    runs.push(`lower ${word}`);
    return word.toLowerCase();
  },
});

test("equal operations run once in a session, however often they are asked for", async () => {
  const solver = session();
  const answers = await Promise.all([1, 2, 3].map(() => solver.solve(word({ word: "once" }))));
  expect(answers).toEqual(["once", "once", "once"]);
  expect(runs).toEqual(["once"]);
});

test("another session finds the answer on disk and runs nothing, inputs included", async () => {
  const graph = () => joined(null, [word({ word: "a" }), word({ word: "b" })]);
  await session().solve(graph());
  runs = [];
  expect(await session().solve(graph())).toBe("a b");
  expect(runs).toEqual([]);
});

test("who depends on contents is not run again when another way led to the same contents", async () => {
  await session().solve(joined(null, [lowerCase({ word: "SAME" })]));
  runs = [];
  expect(await session().solve(joined(null, [lowerCase({ word: "Same" })]))).toBe("same");
  expect(runs).toEqual(["lower Same"]);
});

test("a failure is no answer: the next who asks tries again", async () => {
  let fail = true;
  const shaky = defineOperation<null, string>({
    name: "test shaky",
    identity: "recipe",
    caching: kept,
    run: async () => {
      if (fail) throw new Error("not today");
      return "done";
    },
  });
  const solver = session();
  await expect(solver.solve(shaky(null))).rejects.toThrow("not today");
  fail = false;
  expect(await solver.solve(shaky(null))).toBe("done");
});

test("what cannot be restored, or was cut short on disk, runs again", async () => {
  const operation = word({ word: "whole" });
  await session().solve(operation);
  for (const text of ['"pruned"', '"who', ""]) {
    overwriteResult(text);
    runs = [];
    expect(await session().solve(word({ word: "whole" }))).toBe("whole");
    expect(runs).toEqual(["whole"]);
  }
});

test("peek never runs anything", async () => {
  const solver = session();
  expect(await solver.peek(word({ word: "peeked" }))).toBeUndefined();
  expect(runs).toEqual([]);
  await solver.solve(word({ word: "peeked" }));
  expect(await session().peek(word({ word: "peeked" }))).toBe("peeked");
});

test("keys follow kind, arguments and inputs, not the order of an argument's keys", async () => {
  const solver = session();
  const shape = fc.letrec<{ tree: Operation<string> }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.string().map((text) => word({ word: text })),
      fc.array(tie("tree"), { maxLength: 3 }).map((inputs) => joined(null, inputs)),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(shape.tree, shape.tree, async (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      const copy = JSON.parse(JSON.stringify(one)) as Operation;
      expect(await solver.key(copy)).toBe(await solver.key(one));
      expect((await solver.key(one)) === (await solver.key(other))).toBe(same);
    }),
  );
  expect(digestOfJson({ a: 1, b: [2, { d: 3, c: 4 }] })).toBe(
    digestOfJson({ b: [2, { c: 4, d: 3 }], a: 1 }),
  );
});

function overwriteResult(text: string): void {
  for (const folder of readdirSync(cache.results)) {
    for (const name of readdirSync(join(cache.results, folder))) {
      writeFileSync(join(cache.results, folder, name), text);
    }
  }
}
