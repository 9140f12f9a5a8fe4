import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { galleyPath } from "./repository.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-machine-"));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function query(
  text: string,
  env: Readonly<Record<string, string>>,
  before: readonly string[] = [],
) {
  const command = [...before, process.execPath, galleyPath, "query", "-M", "--progress=plain"];
  return spawnSync(command[0] as string, command.slice(1), {
    cwd: folder,
    env: { ...process.env, ...env },
    input: text,
    encoding: "utf8",
  });
}

const step = '{container{from(address:"alpine"){withExec(args:["true"]){sync}}}}';

test("a full disk: what could not be written is named, and nothing half-written is used later", () => {
  const small = join(folder, "small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]);
  try {
    const full = query(step, { GALLEY_CACHE: small });
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/no space left on device/iu);
    execFileSync("mount", ["-o", "remount,size=64m", small]);
    const room = query(step, { GALLEY_CACHE: small });
    expect(room.status, room.stderr).toBe(0);
  } finally {
    execFileSync("umount", [small]);
  }
});

test("without root a step says so and what to do; what needs no step works", () => {
  const cache = join(folder, "cache");
  mkdirSync(cache);
  chmodSync(cache, 0o777);
  const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const env = { GALLEY_CACHE: cache, HOME: folder };
  const version = query("{version}", env, asNobody);
  expect(version.stderr).toBe("");
  expect(JSON.parse(version.stdout)).toEqual({ version: "v0.21.8" });
  const refused = query(step, env, asNobody);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("steps run in containers and need root: run galley with sudo");
});

test("a cache folder that cannot be written is named, with what to do", () => {
  const cache = join(folder, "cache");
  mkdirSync(cache, { mode: 0o700 });
  const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const refused = query("{version}", { GALLEY_CACHE: cache, HOME: folder }, asNobody);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain(`the cache folder ${cache} cannot be written`);
  expect(refused.stderr).toContain("GALLEY_CACHE");
});

test("doctor names what is missing and the command that mends it", () => {
  const well = spawnSync(process.execPath, [galleyPath, "doctor"], { encoding: "utf8" });
  expect(well.status, well.stdout).toBe(0);
  expect(well.stdout).toMatch(/^ok {7}runc$/mu);
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const bare = spawnSync(process.execPath, [galleyPath, "doctor"], {
    env: { PATH: empty, HOME: folder, GALLEY_CACHE: join(folder, "c") },
    encoding: "utf8",
  });
  if (!existsSync("/usr/sbin/runc")) return;
  // /usr/sbin is always looked into: programs of Debian's that live elsewhere are missing now.
  expect(bare.stdout).toMatch(/skopeo: not on the PATH; to mend it: apt-get install skopeo/u);
});
