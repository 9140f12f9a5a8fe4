import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { galleyPath } from "./repository.ts";

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-kill-"));
  cache = join(folder, "cache");
  mkdirSync(cache);
  // That no registry answers here is known already: no need to wait for it again.
  const known = process.env.GALLEY_CACHE ?? join(homedir(), ".cache/galley");
  cpSync(join(known, "images/unreachable-docker.io"), join(cache, "images/unreachable-docker.io"), {
    recursive: true,
    preserveTimestamps: true,
    force: true,
    errorOnExist: false,
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const query = (command: string) =>
  `{container{from(address:"alpine"){withExec(args:["sh","-c",${JSON.stringify(command)}]){withExec(args:["cat","/made"]){stdout}}}}}`;

function start(command: string) {
  const child = spawn(process.execPath, [galleyPath, "query", "-M", "--progress=plain"], {
    cwd: folder,
    env: { ...process.env, GALLEY_CACHE: cache },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(query(command));
  return child;
}

/** Processes of this machine whose command line holds a text. */
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

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 600) throw new Error("waited a minute in vain");
    await sleep(100);
  }
}

test("after kill -9 in the middle of a step nothing is left of it, and the next run is right", async () => {
  const mark = `marked-${Date.now()}`;
  const killed = start(`echo half > /made; : ${mark}; sleep 300; echo whole > /made`);
  await until(() => processesWith(mark).length > 0);
  killed.kill("SIGKILL");
  await until(() => processesWith(mark).length === 0);

  const mounts = readFileSync("/proc/self/mounts", "utf8");
  expect(mounts.split("\n").filter((line) => line.includes(folder))).toEqual([]);

  const next = start("echo whole > /made");
  let stdout = "";
  next.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes.toString("utf8");
  });
  const code = await new Promise((resolve) => next.on("close", resolve));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    container: { from: { withExec: { withExec: { stdout: "whole\n" } } } },
  });
  const { stdout: namespaces } = spawnSync("ip", ["netns", "list"], { encoding: "utf8" });
  expect(namespaces).not.toContain(`galley-${killed.pid}-`);
});
