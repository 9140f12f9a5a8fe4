import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CacheFolder, openCacheFolder } from "../../src/cache-folder.ts";
import { layBusybox } from "../../src/images/stand-ins/alpine.ts";
import { sweepLeftovers } from "../../src/runner/leftovers.ts";
import { openRunner, type Runner } from "../../src/runner/runner.ts";
import type { Snapshot } from "../../src/runner/snapshot.ts";
import type { Step } from "../../src/runner/step.ts";
import { stepOn } from "./step.ts";

let root: string;
let cache: CacheFolder;
let runner: Runner;
let busybox: Snapshot;
const ending = new AbortController();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "galley-steps-"));
  cache = openCacheFolder(root);
  runner = openRunner({ cache, signal: ending.signal });
  busybox = { layers: [await runner.makeLayer(layBusybox)] };
});
afterAll(async () => {
  await runner.close();
  rmSync(root, { recursive: true, force: true });
});

function step(script: string, more: Partial<Step> = {}): Step {
  return stepOn(busybox, script, more);
}

test("what a step writes is in the next one, and not in what it started from", async () => {
  const first = await runner.run(step("mkdir /new && echo x > /new/file && rm -r /var"));
  expect(first.outcome).toEqual({ kind: "exited", code: 0 });
  const next = await runner.run(step("cat /new/file; ls -d /var", { rootfs: first.rootfs }));
  expect(next.stdout).toBe("x\n");
  expect(next.exitCode).toBe(1);
  const untouched = await runner.run(step("ls -d /new /var"));
  expect(untouched.stdout).toBe("/var\n");
});

test("a folder that was removed and made again does not show what it held below", async () => {
  const made = await runner.run(step("mkdir /d && touch /d/old"));
  const again = await runner.run(
    step("rm -r /d && mkdir /d && touch /d/new", { rootfs: made.rootfs }),
  );
  const seen = await runner.withView(again.rootfs, async (path) => readdirSync(join(path, "d")));
  expect(seen).toEqual(["new"]);
});

test("a step that writes nothing adds no layer, and its mount points do not show", async () => {
  const { rootfs } = await runner.run(
    step("true", { mounts: [{ path: "/made/for/it", kind: "temp" }], workdir: "/" }),
  );
  expect(rootfs).toEqual(busybox);
});

test("steps see their own processes only, have loopback, and cannot mount", async () => {
  const { stdout } = await runner.run(
    step(
      "ls -d /proc/[0-9]* | wc -l; ping -c 1 -W 1 127.0.0.1 >/dev/null && echo lo; mount -t tmpfs t /tmp 2>/dev/null || echo refused",
    ),
  );
  const [processes, lo, refused] = stdout.trim().split("\n");
  expect(Number(processes)).toBeLessThan(5);
  expect([lo, refused]).toEqual(["lo", "refused"]);
});

test("exit codes, signals and commands that cannot be started are told apart", async () => {
  expect((await runner.run(step("exit 7"))).outcome).toEqual({ kind: "exited", code: 7 });
  expect((await runner.run(step("kill -9 $$"))).exitCode).toBe(137);
  const missing = await runner.run(step("", { argv: ["no-such-thing"] }));
  expect(missing.outcome.kind).toBe("not-started");
  expect(missing.stderr).toBe('exec: "no-such-thing": executable file not found in $PATH\n');
  expect(missing.exitCode).toBe(1);
});

test.each([
  ["no-such-thing", 'exec: "no-such-thing": executable file not found in $PATH'],
  ["/no/such/thing", "fork/exec /no/such/thing: no such file or directory"],
  ["/bin", "fork/exec /bin: permission denied"],
  ["/plain", "fork/exec /plain: permission denied"],
  ["/text", "fork/exec /text: exec format error"],
  ["./text", "fork/exec ./text: exec format error"],
  ["/work/text", "fork/exec /work/text: exec format error"],
])(
  "why %s does not start is said in Dagger's words, with and without an init",
  async (argv, why) => {
    const script = "echo ran > /text && touch /plain && chmod +x /text";
    const { rootfs } = await runner.run(step(script));
    const source = await runner.run(step("echo echo ran > /text && chmod +x /text"));
    for (const noInit of [false, true]) {
      const mounts = [
        { path: "/work", kind: "directory", source: source.rootfs, readOnly: true },
      ] as const;
      const result = await runner.run(step("", { rootfs, argv: [argv], noInit, mounts }));
      expect(result.outcome, `without an init: ${noInit}`).toEqual({
        kind: "not-started",
        reason: `${why}\n`,
      });
      expect([result.exitCode, result.stdout, result.stderr]).toEqual([1, "", `${why}\n`]);
    }
  },
);

test("standard streams are pipes, which any user may open by their names", async () => {
  const script = `echo err > /dev/stderr; echo out > /dev/stdout; read line; echo "[$line]"
cat /dev/stdin; cat /dev/stdin; for n in 0 1 2; do readlink /proc/self/fd/$n | cut -c 1-5; done`;
  for (const user of ["", "1234:5678"]) {
    const result = await runner.run(step(script, { user, stdin: "first\nsecond\n" }));
    expect(result.stderr).toBe("err\n");
    expect(result.stdout).toBe("out\n[first]\nsecond\npipe:\npipe:\npipe:\n");
  }
});

test("what a step leaves of its input is not in the next one's", async () => {
  const much = "x".repeat(300_000);
  expect((await runner.run(step("true", { stdin: much }))).exitCode).toBe(0);
  const next = await runner.run(step("wc -c", { stdin: "12345" }));
  expect(next.stdout).toBe("5\n");
});

test("all that a step writes to both streams comes, though it ends at once", async () => {
  const script = "head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2";
  const results = await Promise.all([1, 2, 3].map(() => runner.run(step(script))));
  for (const { stdout, stderr } of results) {
    expect([stdout.length, stderr.length]).toEqual([3_000_000, 2_000_000]);
  }
});

test("a mount point behind a symbolic link does not show afterwards", async () => {
  const linked = await runner.run(step("mkdir /real && ln -s ../../real /link"));
  const mounts = [{ path: "/link/deep/temp", kind: "temp" }] as const;
  const look = "cd /real/deep/temp && stat -f -c %T .";
  const after = await runner.run(step(look, { rootfs: linked.rootfs, mounts }));
  expect(after.stdout).toBe("tmpfs\n");
  expect(after.rootfs).toEqual(linked.rootfs);
});

test("a temporary folder has the mode of the folder that it hides, or everybody's", async () => {
  const { rootfs } = await runner.run(step("mkdir -m 750 /there"));
  const mounts = (["/there", "/new"] as const).map((path) => ({ path, kind: "temp" }) as const);
  const { stdout } = await runner.run(step("stat -c %a /there /new", { rootfs, mounts }));
  expect(stdout).toBe("750\n1777\n");
});

test("a directory mount keeps what is written, its source does not change", async () => {
  const source: Snapshot = {
    layers: [await runner.makeLayer((folder) => writeFileSync(join(folder, "given"), "1"))],
  };
  const mount = { path: "/m", kind: "directory" as const, source, readOnly: false };
  const { mounts } = await runner.run(step("echo 2 > /m/added; rm /m/given", { mounts: [mount] }));
  const names = (snapshot: Snapshot) =>
    runner.withView(snapshot, async (path) => readdirSync(path));
  expect(await names(mounts[0] as Snapshot)).toEqual(["added"]);
  expect(await names(source)).toEqual(["given"]);
  const refused = await runner.run(
    step("touch /m/x 2>/dev/null || echo refused", { mounts: [{ ...mount, readOnly: true }] }),
  );
  expect(refused.stdout).toBe("refused\n");
});

test("secrets are in memory only, and scrubbed from what a step prints", async () => {
  const plaintext = Buffer.from(`hidden-${Math.random()}`);
  // Looked for while the step runs, too. grep answers 0 when it finds something.
  const found = new Set<boolean>();
  const look = () => {
    found.add(spawnSync("grep", ["-rqF", plaintext.toString(), root]).status === 0);
  };
  const result = await runner.run(
    step("cat /run/s; echo $S; stat -c '%a %u' /run/s; sleep 1", {
      mounts: [{ path: "/run/s", kind: "secret", plaintext, mode: 0o400 }],
      env: [`S=${plaintext}`],
      scrub: [plaintext],
    }),
    look,
  );
  expect(result.stdout).toBe("******\n400 0\n");
  look();
  expect([...found]).toEqual([false]);
});

test("users by name, by id and unknown", async () => {
  expect((await runner.run(step("id -u; id -g", { user: "nobody" }))).stdout).toBe(
    "65534\n65534\n",
  );
  expect((await runner.run(step("id -u; id -g", { user: "1234" }))).stdout).toBe("1234\n0\n");
  await expect(runner.run(step("id", { user: "ghost" }))).rejects.toThrow(
    "unable to find user ghost: no matching entries in passwd file",
  );
});

test("more layers than one mount takes become one", async () => {
  let rootfs = busybox;
  for (let number = 0; number < 250; number++) {
    const layer = await runner.makeLayer((folder) => {
      mkdirSync(join(folder, "many"));
      writeFileSync(join(folder, "many", `${number}`), "");
    });
    rootfs = { layers: [...rootfs.layers, layer] };
  }
  const { stdout } = await runner.run(step("ls /many | wc -l", { rootfs }));
  expect(stdout).toBe("250\n");
});

test("an aborted session ends its steps and leaves nothing behind", async () => {
  const own = new AbortController();
  const other = openRunner({ cache, signal: own.signal });
  const mark = `abort-${Date.now()}`;
  const running = other.run(step(`: ${mark}; sleep 300`));
  setTimeout(() => own.abort(new Error("interrupted")), 500);
  await expect(running).rejects.toThrow("interrupted");
  await other.close();
  const left = () =>
    readdirSync("/proc")
      .filter((pid) => /^\d+$/u.test(pid) && existsSync(`/proc/${pid}/cmdline`))
      .some((pid) => {
        try {
          return execFileSync("cat", [`/proc/${pid}/cmdline`]).includes(mark);
        } catch {
          return false;
        }
      });
  await expect.poll(left, { timeout: 10_000 }).toBe(false);
});

test("a container of which crun knows nothing is ended with its control group", async () => {
  // As one whose crun and whose galley were killed before crun had noted it.
  const id = "galley-1-1-0"; // no process has this number since that time
  const groups = readdirSync("/sys/fs/cgroup")
    .map((name) => join("/sys/fs/cgroup", name))
    .filter((folder) => existsSync(join(folder, "cgroup.procs")));
  const group = join(groups[0] ?? "/sys/fs/cgroup", id);
  mkdirSync(group);
  const left = spawn("sleep", ["1000"], { stdio: "ignore" });
  const ended = once(left, "exit");
  writeFileSync(join(group, "cgroup.procs"), `${left.pid}`);
  await sweepLeftovers();
  expect(await ended).toEqual([null, "SIGKILL"]);
  await expect
    .poll(async () => {
      await sweepLeftovers();
      return existsSync(group);
    })
    .toBe(false);
});
