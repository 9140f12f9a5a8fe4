import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { withLock } from "../../src/runner/process-lock.ts";
import { digestOfBytes } from "../../src/tree/digest.ts";

let root: string;
let program: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "galley-lock-"));
  program = join(root, "holder.mjs");
  buildSync({
    entryPoints: [fileURLToPath(new URL("./lock-holder.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function holder(key: string, milliseconds: number, log: string): ChildProcess {
  return spawn(process.execPath, [program, join(root, "cache"), key, `${milliseconds}`, log]);
}

test("processes that ask for the same key go one after the other", async () => {
  const log = join(root, "turns");
  const holders = [1, 2, 3, 4].map(() => holder("shared", 30, log));
  await Promise.all(holders.map((child) => once(child, "exit")));
  expect(readFileSync(log, "utf8")).toBe("in\nout\n".repeat(4));
});

test("a killed process gives its lock back at once", async () => {
  const log = join(root, "killed");
  const child = holder("killed", 60_000, log);
  while (!existsSync(log) || readFileSync(log, "utf8") === "") await sleep(10);
  const cache = openCacheFolder(join(root, "cache"));
  const turn = withLock(
    cache,
    digestOfBytes("killed"),
    new AbortController().signal,
    async () => "mine",
  );
  child.kill("SIGKILL");
  expect(await turn).toBe("mine");
  expect(readFileSync(log, "utf8")).toBe("in\n");
});

test("who waits can be called off", async () => {
  const cache = openCacheFolder(join(root, "cache"));
  const key = digestOfBytes("called off");
  const never = new AbortController().signal;
  const caller = new AbortController();
  await withLock(cache, key, never, async () => {
    const waiting = withLock(cache, key, caller.signal, async () => "never");
    caller.abort(new Error("interrupted"));
    await expect(waiting).rejects.toThrow("interrupted");
  });
});

test("different keys, and different cache folders, do not wait for each other", async () => {
  const never = new AbortController().signal;
  const one = openCacheFolder(join(root, "cache"));
  const other = openCacheFolder(join(root, "other"));
  const inside = await withLock(one, digestOfBytes("a"), never, () =>
    withLock(one, digestOfBytes("b"), never, () =>
      withLock(other, digestOfBytes("a"), never, async () => "inside"),
    ),
  );
  expect(inside).toBe("inside");
});
