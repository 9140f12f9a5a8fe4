import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type CallError,
  galleyPath,
  openSession,
  type ScratchCache,
  scratchCache,
} from "../../engine/src/testing/index.ts";
import { flawsIn } from "../../engine/tests/graph/whole-cache.ts";

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

/** Answers a step that reads a folder of the host and writes 3 MB, in a session of its own. */
async function written(cache: ScratchCache, folder: string): Promise<string> {
  const session = await openSession({ cache, workdir: folder });
  try {
    const dag = await session.dag();
    return await dag
      .container()
      .from("alpine")
      .withMountedDirectory("/d", dag.host().directory("."))
      .withExec([
        "sh",
        "-c",
        "set -e; head -c 3000000 /dev/zero > /made; cat /d/* /made | sha256sum",
      ])
      .stdout();
  } finally {
    await session.close();
  }
}

test("a full disk: what is full is named, and nothing half-written is used later", async () => {
  const cache = scratchCache({ size: "12m" });
  const files = join(folder, "files");
  mkdirSync(files);
  for (let file = 0; file < 50; file++)
    writeFileSync(join(files, `${file}`), `${file}`.repeat(5000));
  const hash = createHash("sha256");
  for (const name of readdirSync(files).sort()) hash.update(readFileSync(join(files, name)));
  const right = `${hash.update(Buffer.alloc(3_000_000)).digest("hex")}  -\n`;
  const ballast = join(cache.path, "ballast");
  try {
    for (const room of [0, 40, 300, 1000, 2500, 4000]) {
      writeFileSync(ballast, Buffer.alloc(roomIn(cache.path) - room * 1024));
      const ended = await written(cache, files).catch(
        ({ message, stderr = "" }: CallError) => `${message} ${stderr}`,
      );
      if (ended !== right) expect(`${room} KB: ${ended}`).toMatch(fullDisk);
      expect(flawsIn(cache.path)).toEqual([]);
      rmSync(ballast);
    }
    expect(await written(cache, files)).toBe(right);
    expect(flawsIn(cache.path)).toEqual([]);
  } finally {
    cache.remove();
  }
});

/** The step's own shell may be the one that finds no room. */
const fullDisk =
  /the cache folder .* cannot be written \(no space left on device\)|the disk of the cache folder .* is full: make room \(galley prune\), or name another folder in GALLEY_CACHE|exit code: 1 .*(?:no space left on device|i\/o error)/iu;

function roomIn(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

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
  expect(well.stdout).toMatch(/^ok {7}crun$/mu);
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const bare = spawnSync(process.execPath, [galleyPath, "doctor"], {
    env: { PATH: empty, HOME: folder, GALLEY_CACHE: join(folder, "c") },
    encoding: "utf8",
  });
  // /usr/sbin is always looked into: programs of Debian's that live elsewhere are missing now.
  expect(bare.stdout).toMatch(/skopeo: not on the PATH; to mend it: apt-get install skopeo/u);
});
