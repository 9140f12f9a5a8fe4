import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { untilPruned, withCacheToOneself } from "../../src/prune/alone.ts";
import { type Limits, type PruneOptions, prune } from "../../src/prune/prune.ts";
import { busybox, exec } from "../schema/busybox.ts";
import { scratchFolder, testSession } from "../server/open.ts";

const galley = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));
const { signal } = new AbortController();
const day = 24 * 3600 * 1000;
const none: Limits = { maxSize: Number.POSITIVE_INFINITY, maxAge: Number.POSITIVE_INFINITY };

const pruned = (root: string, limits: Partial<Limits>, more: Partial<PruneOptions> = {}) =>
  prune(openCacheFolder(root), { limits: { ...none, ...limits }, signal, ...more });

const megabyte = (name: string) => `dd if=/dev/urandom of=/${name} bs=1024 count=1024 2>/dev/null`;

/** Two steps on the same files, each of which leaves a megabyte; says which of them really ran. */
async function twoSteps(root: string): Promise<string[]> {
  const { session, run } = await busybox(root);
  for (const name of ["one", "other"]) {
    const made = await run(exec(`${megabyte(name)}; echo ${name}`), exec(`ls /${name}`), "stdout");
    expect(made).toBe(`/${name}\n`);
  }
  await session.close();
  return session.happened.flatMap((event) =>
    event.type === "finished" && event.outcome.kind === "done" ? [event.name] : [],
  );
}

/** Answers of a cache folder, as paths. */
const results = (root: string) => files(root, "results").map((name) => join(root, name));
const files = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    : [];

function setAge(path: string, days: number): void {
  const then = (Date.now() - days * day) / 1000;
  utimesSync(path, then, then);
}

test("nothing is removed that is within the limits", async () => {
  const root = scratchFolder();
  await twoSteps(root);
  const before = files(root, ".").length;
  expect(await pruned(root, { maxSize: 1e9, maxAge: day })).toMatchObject({
    freed: 0,
    removed: {},
  });
  expect(files(root, ".").length).toBe(before);
  expect(await twoSteps(root)).toEqual([]);
});

test("to a size of nothing: all goes, and what is made again is the same", async () => {
  const root = scratchFolder();
  const ran = await twoSteps(root);
  const { size, freed } = await pruned(root, { maxSize: 0 });
  expect(size).toBeGreaterThan(2 * 1024 ** 2);
  expect(freed).toBeGreaterThan(2 * 1024 ** 2);
  for (const folder of ["results", "layers", "trees", "blobs"]) {
    expect(files(root, folder)).toEqual([]);
  }
  expect(await twoSteps(root)).toEqual(ran);
});

test("what was used longest ago goes first, and only as much as has to", async () => {
  const root = scratchFolder();
  const ran = await twoSteps(root);
  for (const path of results(root)) setAge(path, 2);
  const { session, run } = await busybox(root);
  await run(exec(`${megabyte("other")}; echo other`), exec("ls /other"), "stdout");
  await session.close();
  const { size } = await pruned(root, {});
  const { freed } = await pruned(root, { maxSize: size - 1000 * 1024 });
  expect(freed).toBeGreaterThan(1000 * 1024);
  expect(freed).toBeLessThan(1100 * 1024);
  expect(await twoSteps(root)).toEqual(ran.filter((name) => name.includes("/one")));
});

test("by age: what was not used for longer, and what nothing uses any more after it", async () => {
  const root = scratchFolder();
  await twoSteps(root);
  const layers = readdirSync(join(root, "layers")).length;
  for (const path of results(root)) setAge(path, 8);
  const { removed } = await pruned(root, { maxAge: 9 * day });
  expect(removed).toEqual({});
  expect((await pruned(root, { maxAge: 7 * day })).removed).toMatchObject({ layers });
});

test("a dry run removes nothing, and says what the real one frees then", async () => {
  const root = scratchFolder();
  await twoSteps(root);
  const before = files(root, ".");
  const said = await pruned(root, { maxSize: 0 }, { dryRun: true, tidy: true });
  expect(files(root, ".")).toEqual(before);
  expect(await pruned(root, { maxSize: 0 }, { tidy: true })).toEqual(said);
});

test("tidying removes what a failed step or a killed run left, and no more", async () => {
  const root = scratchFolder();
  const { session, run } = await busybox(root);
  await run(exec(`${megabyte("failed")}; exit 1`), "stdout");
  await session.close();
  await twoSteps(root);
  const { freed } = await pruned(root, {}, { tidy: true });
  expect(freed).toBeGreaterThan(1024 ** 2);
  expect(await twoSteps(root)).toEqual([]);
  // A folder of the host that was read is known by its digest while its session lasts.
  expect((await pruned(root, {}, { tidy: true })).removed).toEqual({ trees: 1 });
});

test("whatever is removed, in whatever order it was used: answers afterwards are the same", async () => {
  const template = scratchFolder();
  const ran = await twoSteps(template);
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.double({ min: 0, max: 30, noNaN: true })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (ages, share) => {
        const root = join(scratchFolder(), "cache");
        cpSync(template, root, { recursive: true, verbatimSymlinks: true });
        for (const path of results(root)) setAge(path, ages.next().value ?? 0);
        const { size } = await pruned(root, {});
        const { freed } = await pruned(root, { maxSize: size * share });
        expect(size - freed).toBeLessThanOrEqual(size * share + 300_000);
        for (const name of await twoSteps(root)) expect(ran).toContain(name);
      },
    ),
    { numRuns: 4 },
  );
});

test("what came from the web goes when it was not asked for, and stays when it was", async () => {
  const root = scratchFolder();
  const asked: (string | undefined)[] = [];
  const web = createServer(({ headers }, answer) => {
    asked.push(headers["if-none-match"]);
    const isKnown = headers["if-none-match"] === '"v1"';
    answer.writeHead(isKnown ? 304 : 200, { etag: '"v1"' }).end(isKnown ? undefined : "contents");
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void web.close());
  const { port } = web.address() as AddressInfo;
  const read = async () => {
    const session = await testSession({ cacheRoot: root });
    const { data } = await session.query({
      query: `{http(url:"http://127.0.0.1:${port}/"){contents}}`,
    });
    await session.close();
    expect(data).toEqual({ http: { contents: "contents" } });
  };
  await read();
  const [kept = ""] = files(root, "http");
  setAge(join(root, kept), 8);
  await read();
  expect(await pruned(root, { maxAge: 7 * day }, { tidy: true })).toMatchObject({ removed: {} });
  await read();
  expect(asked).toEqual([undefined, '"v1"', '"v1"']);
  setAge(join(root, kept), 8);
  const { removed } = await pruned(root, { maxAge: 7 * day });
  expect(removed).toEqual({ http: 1, blobs: 1 });
  await read();
  writeFileSync(join(root, kept), '{"blob":"sha2');
  await read();
  expect(asked.slice(3)).toEqual([undefined, undefined]);
});

/** Another galley that uses a cache folder until the test ends. */
async function anotherGalley(root: string): Promise<number> {
  const child = spawn(process.execPath, [galley, "-s", "run", "sh", "-c", "echo; exec sleep 600"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, GALLEY_CACHE: root },
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
  });
  await once(child.stdout, "data");
  return child.pid as number;
}

test("while another galley runs, what may be in its hands stays", async () => {
  const root = scratchFolder();
  const ran = await twoSteps(root);
  for (const path of results(root)) setAge(path, 2);
  const pid = await anotherGalley(root);
  const { session, run } = await busybox(root);
  await run(exec(`${megabyte("other")}; echo other`), exec("ls /other"), "stdout");
  await session.close();
  const blobs = files(root, "blobs").length;
  expect(await pruned(root, { maxSize: 0 })).toMatchObject({ inUseBy: [pid] });
  expect(files(root, "blobs").length).toBe(blobs);
  expect(await twoSteps(root)).toEqual(ran.filter((name) => name.includes("/one")));
});

test("a session that begins during a prune waits for its end, and says so", async () => {
  const root = scratchFolder();
  const cache = openCacheFolder(root);
  const order: string[] = [];
  let opening: Promise<void> | undefined;
  await withCacheToOneself(cache, { signal }, async () => {
    opening = testSession({ cacheRoot: root }).then(({ happened }) => {
      order.push("session");
      expect(happened).toEqual([
        {
          type: "notice",
          text: `another process makes room in ${root}: waiting until it has`,
        },
      ]);
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    order.push("prune");
  });
  await opening;
  expect(order).toEqual(["prune", "session"]);
});

test("one that yields stops when a session wants to begin", async () => {
  const cache = openCacheFolder(scratchFolder());
  let waited: Promise<void> | undefined;
  await withCacheToOneself(cache, { signal, yields: true }, async (wanted) => {
    waited = untilPruned(cache, signal, () => undefined);
    await once(wanted, "abort");
  });
  await waited;
});

test("at the end of a session that made something, once an hour, the cache is kept within its limits", async () => {
  const root = scratchFolder();
  const mark = join(root, "last-prune");
  const env = { ...process.env, GALLEY_CACHE_SIZE: "1MB" };
  const session = async (script: string) => {
    const { run, session } = await busybox(root, env);
    await run(exec(script), "stdout");
    await session.close();
    return session.happened.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  };
  expect(await session(megabyte("a"))).toEqual([]); // a new cache folder
  expect(await session(megabyte("b"))).toEqual([]); // looked at a moment ago
  const long = Date.now() / 1000 - 3700;
  utimesSync(mark, long, long);
  expect(await session(megabyte("b"))).toEqual([]); // made nothing
  const [notice, ...more] = await session(megabyte("c"));
  expect(notice).toMatch(/^the cache took \d\.\d MB: removed \d\.\d MB used longest ago$/u);
  expect(more).toEqual([]);
  expect(Date.now() - statSync(mark).mtimeMs).toBeLessThan(3600_000);
  expect((await pruned(root, {})).size).toBeLessThan(1.1e6);
});

test("limits that are none are refused before anything is opened", async () => {
  for (const [name, value, what] of [
    [
      "GALLEY_CACHE_SIZE",
      "lots",
      '"lots" is no size: write a number and a unit, as 20GB, 500MB or 1.5GiB',
    ],
    ["GALLEY_CACHE_AGE", "1y", '"1y" is no age: write a number and a unit, as 30d, 12h or 90m'],
  ] as const) {
    await expect(testSession({ env: { [name]: value } })).rejects.toThrow(`${name}: ${what}`);
  }
});
