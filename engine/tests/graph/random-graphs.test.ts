import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ask, leaf } from "../schema/ask.ts";
import { busybox } from "../schema/busybox.ts";
import { scratchFolder, testSession } from "../server/open.ts";

/** Directories and files of the API, as expressions: what is asked of them is written from these. */
type Graph =
  | { readonly of: "directory" }
  | { readonly of: "new file"; readonly on: Graph; readonly path: string; readonly text: string }
  | {
      readonly of: "directory in";
      readonly on: Graph;
      readonly path: string;
      readonly other: Graph;
    }
  | { readonly of: "without"; readonly on: Graph; readonly path: string }
  | { readonly of: "filter"; readonly on: Graph; readonly include: string }
  | { readonly of: "timestamps"; readonly on: Graph; readonly time: number }
  | { readonly of: "below"; readonly on: Graph; readonly path: string }
  | { readonly of: "step"; readonly on: Graph; readonly text: string };

const path = fc.constantFrom("a", "b", "d/a", "d/e/b");
const text = fc.string({ maxLength: 6, unit: "grapheme-ascii" });

/** Some are refused (a folder that is not there): that is an answer too. */
function graphs(steps: boolean): fc.Arbitrary<Graph> {
  return fc.letrec<{ graph: Graph }>((tie) => {
    const on = tie("graph");
    const leafs = fc.constant<Graph>({ of: "directory" });
    return {
      graph: fc.oneof(
        { maxDepth: 5, depthSize: "large" },
        leafs,
        fc.record({ of: fc.constant("new file" as const), on, path, text }),
        fc.record({ of: fc.constant("new file" as const), on, path, text }),
        fc.record({ of: fc.constant("directory in" as const), on, path, other: on }),
        fc.record({ of: fc.constant("without" as const), on, path }),
        fc.record({
          of: fc.constant("filter" as const),
          on,
          include: fc.constantFrom("**/a", "d", "*"),
        }),
        fc.record({ of: fc.constant("timestamps" as const), on, time: fc.nat(2 ** 30) }),
        fc.record({ of: fc.constant("below" as const), on, path: fc.constant("d") }),
        ...(steps ? [fc.record({ of: fc.constant("step" as const), on, text })] : []),
      ),
    };
  }).graph;
}

type Answering = (query: string) => Promise<unknown>;

/** The fields that lead to a graph's directory; what others it is made of is asked for by id. */
async function fields(graph: Graph, ask: Answering, base: string): Promise<string[]> {
  if (graph.of === "directory") return ["directory"];
  const before = await fields(graph.on, ask, base);
  const string = (value: string) => JSON.stringify(value);
  switch (graph.of) {
    case "new file":
      return [...before, `withNewFile(path:${string(graph.path)},contents:${string(graph.text)})`];
    case "directory in": {
      const other = await handle(graph.other, ask, base);
      return [...before, `withDirectory(path:${string(graph.path)},source:${other})`];
    }
    case "without":
      return [...before, `withoutFile(path:${string(graph.path)})`];
    case "filter":
      return [...before, `filter(include:[${string(graph.include)}])`];
    case "timestamps":
      return [...before, `withTimestamps(timestamp:${graph.time})`];
    case "below":
      return [...before, `directory(path:${string(graph.path)})`];
    case "step": {
      const source = await handle(graph.on, ask, base);
      const args = '["sh","-c","find . | sort > /list; cat > said; cp /list names"]';
      return [
        `loadContainerFromID(id:${string(base)})`,
        `withMountedDirectory(path:"/d",source:${source})`,
        'withWorkdir(path:"/d")',
        `withExec(args:${args},stdin:${string(graph.text)})`,
        'directory(path:"/d")',
      ];
    }
  }
}

/** The id of a graph's directory as an argument; of one that cannot be had, the id of nothing. */
async function handle(graph: Graph, ask: Answering, base: string): Promise<string> {
  const id = await answer([...(await fields(graph, ask, base)), "id"], ask);
  return JSON.stringify(id);
}

async function answer(chain: readonly string[], ask: Answering): Promise<unknown> {
  return leaf(await ask(`{${chain.join("{")}${"}".repeat(chain.length)}`));
}

/** All that can be asked of a graph: its id, its digest, the names in it and what a file holds. */
async function asked(graph: Graph, ask: Answering, base = ""): Promise<unknown[]> {
  const chain = await fields(graph, ask, base);
  const questions = ["id", "digest", 'glob(pattern:"**")', 'file(path:"a"){contents}'];
  return Promise.all(questions.map((question) => answer([...chain, question], ask)));
}

/** A session on a cache folder, that can run steps when it has a base for them. */
async function open(cacheRoot: string, { steps = false } = {}) {
  if (!steps) {
    const session = await testSession({ cacheRoot });
    return { session, base: "", ask: (query: string) => ask(query, session) };
  }
  const { session, run } = await busybox(cacheRoot);
  const base = (await run("id")) as string;
  return { session, base, ask: (query: string) => ask(query, session) };
}

test("the same graph has the same ids, digests and answers: kept, made anew, in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(graphs(false), { minLength: 1, maxLength: 4 }), async (all) => {
      const kept = scratchFolder();
      const one = await open(kept);
      const inOrder: unknown[] = [];
      for (const graph of all) inOrder.push(await asked(graph, one.ask));
      const again = await open(kept);
      expect(await Promise.all(all.map((graph) => asked(graph, again.ask)))).toEqual(inOrder);
      const anew = await open(scratchFolder());
      const backwards: unknown[] = [];
      for (const graph of [...all].reverse()) backwards.unshift(await asked(graph, anew.ask));
      expect(backwards).toEqual(inOrder);
    }),
    { numRuns: 15 },
  );
});

test("with steps in it too, and what is kept runs none of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(graphs(true), graphs(true)), async (both) => {
      const kept = scratchFolder();
      const one = await open(kept, { steps: true });
      const made = await Promise.all(both.map((graph) => asked(graph, one.ask, one.base)));
      const again = await open(kept, { steps: true });
      expect(await Promise.all(both.map((graph) => asked(graph, again.ask, again.base)))).toEqual(
        made,
      );
      expect(again.session.started()).toEqual([]);
      const anew = await open(scratchFolder(), { steps: true });
      for (const [index, graph] of [...both.entries()].reverse()) {
        expect(await asked(graph, anew.ask, anew.base)).toEqual(made[index]);
      }
      // What fails may have begun steps beside what failed, or not.
      const solved = made.every(([, digest]) => /^sha256:/u.test(String(digest)));
      if (solved) {
        expect(new Set(anew.session.started())).toEqual(new Set(one.session.started()));
      }
    }),
    { numRuns: 5 },
  );
});

test("another text anywhere in what is answered gives another digest", async () => {
  const { ask } = await open(scratchFolder());
  await fc.assert(
    fc.asyncProperty(graphs(false), path, text, text, async (graph, at, one, other) => {
      fc.pre(one !== other);
      const [first, second] = await Promise.all(
        [one, other].map((written) =>
          asked({ of: "new file", on: graph, path: at, text: written }, ask),
        ),
      );
      // Where a folder lies, no file can be written, and both are told the same.
      if (typeof first?.[2] === "string") expect(second?.slice(1)).toEqual(first.slice(1));
      else expect(second?.[1]).not.toBe(first?.[1]);
    }),
    { numRuns: 40 },
  );
});

test("secrets of any graph are in no file of the cache", async () => {
  const secret = fc.string({ minLength: 8, maxLength: 20, unit: "grapheme-ascii" });
  await fc.assert(
    fc.asyncProperty(secret, fc.boolean(), fc.boolean(), async (given, mounted, prints) => {
      // Digits of its own tell it from what is there anyway.
      const plaintext = `${given}${given.length}-s3cr3t`;
      const root = scratchFolder();
      const { session, run } = await busybox(root);
      const set = `{setSecret(name:"s",plaintext:${JSON.stringify(plaintext)}){id}}`;
      const id = leaf(await ask(set, session));
      const use = mounted
        ? `withMountedSecret(path:"/run/s",source:"${id}")`
        : `withSecretVariable(name:"S",secret:"${id}")`;
      const show = mounted ? "cat /run/s" : 'printf %s "$S"';
      const script = prints ? `${show}; ${show} | base64; ${show} | rev` : `${show} | wc -c`;
      await run(use, `withExec(args:["sh","-c",${JSON.stringify(script)}])`, "stdout");
      await session.close();
      const reversed = [...plaintext].reverse().join("");
      const forms = [plaintext, Buffer.from(plaintext).toString("base64").slice(0, -4), reversed];
      for (const file of filesOf(root)) {
        for (const form of forms) expect(readFileSync(file).includes(form), file).toBe(false);
      }
    }),
    { numRuns: 4 },
  );
});

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
