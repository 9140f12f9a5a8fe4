import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  galley,
  galleyPath,
  type ScratchCache,
  scratchCache,
} from "../../engine/src/testing/index.ts";
import { flawsIn } from "../../engine/tests/graph/whole-cache.ts";
import { writeModule } from "../../engine/tests/module/write-module.ts";

/** What is killed: a function, steps that change layers and a volume, trees, a service, no init. */
const index = `
import { dag, object, func, type Directory } from "@dagger.io/dagger";
@object()
export class Killed {
  @func()
  async work(round: string, source: Directory): Promise<string> {
    const sh = (script: string) => ["sh", "-c", script];
    const web = dag.container().from("alpine").withMountedDirectory("/www", source).withWorkdir("/www")
      .withExposedPort(80).withDefaultArgs(["httpd", "-f", "-p", "80"]).asService();
    const made = dag.container().from("alpine").withEnvVariable("ROUND", round)
      .withMountedCache("/c", dag.cacheVolume("log"), { sharing: "LOCKED" as never })
      .withExec(sh("for i in $(seq 300); do echo $ROUND $i >> /made; done; echo $ROUND >> /c/log"))
      .withExec(sh("sort /made > /sorted"), { noInit: true })
      .withServiceBinding("web", web)
      .withExec(sh("wget -q -O - http://web/note >> /sorted"));
    const folder = dag.directory().withFile("all", made.file("/sorted")).withNewFile("end", round);
    return dag.container().from("alpine").withMountedDirectory("/d", folder)
      .withExec(sh("cat /d/all /d/end | sha256sum | cut -c 1-64")).stdout();
  }
}`;

let module: string;
let cache: ScratchCache;

beforeAll(() => {
  cache = scratchCache();
  module = writeModule("killed", index, { "data/note": "noted\n" }, join(cache.path, "module"));
});
afterAll(() => cache.remove());

const words = (round: string) => ["call", "work", `--round=${round}`, "--source=data"];

/** What a call answers, found another way. */
function expected(round: string): string {
  const lines = Array.from({ length: 300 }, (_, index) => `${round} ${index + 1}\n`);
  return createHash("sha256")
    .update(`${lines.sort().join("")}noted\n${round}`)
    .digest("hex");
}

/** Numbers below a limit, the same ones in each run: how often mulberry32 says so. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Kills a call a moment after it has said a number of events; says its process id. */
async function killedCall(round: string, events: number, moment: number): Promise<number> {
  const [verb = "", ...rest] = words(round);
  const child = spawn(process.execPath, [galleyPath, verb, "--progress=json", ...rest], {
    cwd: module,
    env: { ...process.env, ...cache.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let seen = 0;
  const enough = new Promise<void>((resolve) => {
    const lines = createInterface(child.stderr);
    lines.on("line", () => ++seen >= events && resolve());
    lines.on("close", resolve);
    if (events === 0) resolve();
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await enough;
  await sleep(moment);
  child.kill("SIGKILL");
  await ended;
  return child.pid as number;
}

/** Processes of this machine, without zombies, whose command line holds a text. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/u.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(join("/proc", pid, "cmdline"), "utf8").includes(text);
    } catch {
      return false;
    }
  });
}

/** What processes of these ids left outside of the cache folder. */
function leftBy(pids: readonly number[]): string[] {
  const folders = [
    "/run/galley/bundles",
    "/run/galley/crun",
    "/run/galley/sockets",
    "/run/galley/host-ports",
    "/run/netns",
    ...readdirSync("/sys/fs/cgroup").map((name) => join("/sys/fs/cgroup", name)),
  ];
  return folders.flatMap((folder) => {
    const { stdout } = spawnSync("ls", [folder], { encoding: "utf8" });
    const names = stdout.split("\n").filter((name) => {
      const [, pid] = /^galley-(\d+)-/u.exec(name) ?? [];
      return pid !== undefined && pids.includes(Number(pid));
    });
    return names.map((name) => join(folder, name));
  });
}

test("killed at twenty moments: the next run is right, nothing is torn, nothing is left", async () => {
  const random = seeded(20);
  const pids: number[] = [];
  for (let kill = 0; kill < 20; kill++) {
    // The same round again now and then: it goes on from what the killed one has kept.
    const round = `r${kill >> 1}`;
    pids.push(await killedCall(round, random(16), random(60)));
    if (kill % 2 === 0) continue;
    const { exitCode, stdout, stderr } = await galley(words(round), { cwd: module, cache });
    expect([exitCode, stdout.trim()], stderr).toEqual([0, expected(round)]);
    expect(flawsIn(cache.path)).toEqual([]);
  }
  // Commands without an init end with the sweep of the run after them, all others at once.
  await expect.poll(() => processesWith(cache.path), { timeout: 60_000 }).toEqual([]);
  await expect.poll(() => leftBy(pids), { timeout: 60_000 }).toEqual([]);
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  expect(mounts.filter((line) => line.includes(cache.path))).toEqual([]);
  rmSync(module, { recursive: true, force: true });
  expect(readdirSync(join(cache.path, "tmp"))).toEqual([]);
});

test("after kill -9 in the middle of a step nothing is left of it, before anything else runs", async () => {
  const mark = `marked-${Date.now()}`;
  const script = `echo half > /made; : ${mark}; sleep 300; echo whole > /made`;
  const query = `{container{from(address:"alpine"){withExec(args:["sh","-c","${script}"]){sync}}}}`;
  const kill = new AbortController();
  const killed = galley(["query", "-M"], {
    cwd: cache.path,
    cache,
    stdin: query,
    signal: kill.signal,
  });
  await expect.poll(() => processesWith(mark).length, { timeout: 60_000 }).toBeGreaterThan(0);
  kill.abort();
  expect((await killed).exitCode).toBe(null);
  await expect.poll(() => processesWith(mark), { timeout: 60_000 }).toEqual([]);
});
