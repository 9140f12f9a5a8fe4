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

/** Asks for a secret, gives it to a failing step both ways, prints what comes back. */
const leak = `
const ask = async (query) => {
  const { DAGGER_SESSION_PORT: port, DAGGER_SESSION_TOKEN: token } = process.env;
  const response = await fetch("http://127.0.0.1:" + port + "/query", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Basic " + btoa(token + ":") },
    body: JSON.stringify({ query }),
  });
  return response.json();
};
const { data } = await ask('{secret(uri:"env://PLANTED"){id}}');
const id = JSON.stringify(data.secret.id);
const command = JSON.stringify(["sh", "-c", "echo $T; cat /run/t; echo $T >&2; exit 3"]);
console.log(JSON.stringify(await ask(
  '{container{from(address:"alpine"){withSecretVariable(name:"T",secret:' + id + '){' +
  'withMountedSecret(path:"/run/t",source:' + id + '){withExec(args:' + command + '){stdout}}}}}}')));
`;

test("a secret is nowhere in the cache folder, in output or in errors", async () => {
  const secret = `s3cr3t-${Math.random().toString(36).slice(2)}`;
  const program = [process.execPath, "--input-type=module", "-e", leak];
  const child = spawn(process.execPath, [galleyPath, "run", "--progress=plain", ...program], {
    cwd: folder,
    env: { ...process.env, GALLEY_CACHE: cache, PLANTED: secret },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      text += bytes.toString("utf8");
    });
  }
  await new Promise((resolve) => child.on("close", resolve));
  expect(text).toContain('"exitCode":3');
  expect(text).toContain("***");
  expect(text).not.toContain(secret);
  const found = spawnSync("grep", ["-rlF", secret, cache], { encoding: "utf8" });
  expect(found.stdout).toBe("");
});
