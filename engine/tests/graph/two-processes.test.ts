import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { galley, type ScratchCache, scratchCache } from "../../src/testing/index.ts";
import { writeModule } from "../module/write-module.ts";

const index = `
import { dag, object, func } from "@dagger.io/dagger";
@object()
export class Dice {
  /** rolls when somebody has put a file named go into the volume */
  @func()
  async roll(name: string): Promise<string> {
    const script = "until [ -e /c/go ]; do sleep 0.1; done; head -c 8 /dev/urandom | hexdump -e '8/1 \\"%02x\\"'";
    const step = dag.container().from("alpine").withMountedCache("/c", dag.cacheVolume(name)).withExec(["sh", "-c", script]);
    return (await step.stdout()) + " " + Math.random();
  }
}`;

let cache: ScratchCache;

beforeAll(() => {
  cache = scratchCache();
});
afterAll(() => cache.remove());

/** Processes that use the cache folder. */
const users = () => readdirSync(join(cache.path, "tmp")).length;
/** What the volumes hold. */
const volumes = () =>
  readdirSync(join(cache.path, "volumes"))
    .map((name) => join(cache.path, "volumes", name, "0"))
    .filter((folder) => existsSync(folder));

test("two command lines that ask at the same time run a function and its step once", async () => {
  const module = writeModule("dice", index);
  const call = () => galley(["call", "roll", "--name=v"], { cwd: module, cache });
  const both = [call(), call(), call()];
  await expect.poll(users, { timeout: 120_000, interval: 100 }).toBe(3);
  await expect.poll(() => volumes().length, { timeout: 120_000, interval: 100 }).toBe(1);
  for (const volume of volumes()) writeFileSync(join(volume, "go"), "");
  const ran = await Promise.all(both);
  expect(ran.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(new Set(ran.map(({ stdout }) => stdout)).size).toBe(1);
  expect(ran[0]?.stdout).toMatch(/^[0-9a-f]{16} 0\.\d+$/u);
  const count = (pattern: RegExp, of: "executed" | "cached") =>
    ran.flatMap((each) => each[of]).filter((name) => pattern.test(name)).length;
  expect(count(/^withExec sh -c until/u, "executed")).toBe(1);
  expect([count(/^dice\.roll$/u, "executed"), count(/^dice\.roll$/u, "cached")]).toEqual([1, 2]);
});
