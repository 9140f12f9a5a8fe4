import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CacheFolder, openCacheFolder } from "../../src/cache-folder.ts";
import { layBusybox } from "../../src/images/stand-ins/alpine.ts";
import { openRunner, type Runner } from "../../src/runner/runner.ts";
import type { Snapshot } from "../../src/runner/snapshot.ts";
import type { StepMount } from "../../src/runner/step.ts";
import { stepOn } from "./step.ts";

let root: string;
let cache: CacheFolder;
let runner: Runner;
let busybox: Snapshot;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "galley-volumes-"));
  cache = openCacheFolder(root);
  runner = openRunner({ cache, signal: new AbortController().signal });
  busybox = { layers: [await runner.makeLayer(layBusybox)] };
});
afterAll(async () => {
  await runner.close();
  rmSync(root, { recursive: true, force: true });
});

type Sharing = "SHARED" | "PRIVATE" | "LOCKED";

const volume = (path: string, name: string, sharing: Sharing, more = {}): StepMount => ({
  ...{ path, kind: "cache", volume: name, sharing },
  ...more,
});

/** Runs a script; what it printed when it ended well, else how it ended. */
async function run(script: string, ...mounts: StepMount[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runner.run(stepOn(busybox, script, { mounts }));
  return exitCode === 0 ? stdout : `exit code ${exitCode}: ${stderr}`;
}

/** Waits for a file, but not for ever. */
const until = (path: string) =>
  `n=0; until [ -e ${path} ]; do n=$((n+1)); [ $n -lt 600 ] || exit 9; sleep 0.1; done`;

/** Fails when somebody else is in the same folder at the same time. */
const alone = (folder: string) => `mkdir ${folder}/busy || exit 8; sleep 0.1; rmdir ${folder}/busy`;

test("SHARED: steps that run at the same time see each other's files", async () => {
  const mount = volume("/c", "shared", "SHARED");
  const meet = (own: string, other: string) =>
    run(`touch /c/${own}; ${until(`/c/${other}`)}`, mount);
  expect(await Promise.all([meet("a", "b"), meet("b", "a")])).toEqual(["", ""]);
});

test("LOCKED: one step after the other, each sees what those before it wrote", async () => {
  const mount = volume("/c", "locked", "LOCKED");
  const count = `${alone("/c")}; echo x >> /c/lines`;
  expect(await Promise.all([1, 2, 3, 4].map(() => run(count, mount)))).toEqual(["", "", "", ""]);
  expect(await run("wc -l < /c/lines", mount)).toBe("4\n");
});

test("PRIVATE: who comes while it is in use gets an empty one, who comes later the first again", async () => {
  const mount = volume("/c", "private", "PRIVATE");
  const meeting = volume("/m", "meeting", "SHARED");
  const first = run(`touch /c/first /m/first; ${until("/m/second")}; ls /c`, mount, meeting);
  // Which one a step gets is settled before it runs.
  const hasBegun = () => readdirSync(cache.volumes, { recursive: true }).join().includes("0/first");
  await expect.poll(hasBegun, { timeout: 60_000 }).toBe(true);
  const second = run(`${until("/m/first")}; ls /c; touch /c/second /m/second`, mount, meeting);
  expect(await Promise.all([first, second])).toEqual(["first\n", ""]);
  expect(await run("ls /c", mount)).toBe("first\n");
});

test("a volume is another one by its sharing, its owner and what it starts with", async () => {
  await run("touch /c/plain", volume("/c", "same name", "SHARED"));
  expect(await run("ls /c", volume("/c", "same name", "LOCKED"))).toBe("plain\n");
  expect(await run("ls /c", volume("/c", "same name", "PRIVATE"))).toBe("");
  const owned = volume("/c", "same name", "SHARED", { owner: "65534:65534" });
  expect(await run("ls /c; stat -c %u:%g /c", owned)).toBe("65534:65534\n");
  expect(await run("ls /c", volume("/c", "same name", "SHARED", { source: busybox }))).toContain(
    "etc\n",
  );
});

test("steps that want the same two locked volumes, in either order, never wait for each other", async () => {
  const [one, other] = (["left", "right"] as const).map(
    (name) => (path: string) => volume(path, name, "LOCKED"),
  ) as [(path: string) => StepMount, (path: string) => StepMount];
  const both = `${alone("/a")}; ${alone("/b")}`;
  const all = [1, 2, 3].flatMap(() => [
    run(both, one("/a"), other("/b")),
    run(both, other("/a"), one("/b")),
  ]);
  expect(await Promise.all(all)).toEqual(["", "", "", "", "", ""]);
});

test.each<Sharing>(["SHARED", "LOCKED", "PRIVATE"])(
  "%s: a step that mounts it twice has the same folder twice",
  async (sharing) => {
    const twice = [volume("/a", "twice", sharing), volume("/b", "twice", sharing)];
    expect(await run("touch /a/seen; ls /b; rm /b/seen", ...twice)).toBe("seen\n");
  },
);

test("a step that cannot be prepared holds no volume", async () => {
  const locked = volume("/c", "held", "LOCKED");
  const impossible: StepMount = { path: "/f", kind: "file", source: busybox, name: "none" };
  await expect(run("true", locked, impossible)).rejects.toThrow("the file to mount at /f is gone");
  expect(await run("echo free", locked)).toBe("free\n");
});
