import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { busybox, exec } from "../schema/busybox.ts";
import { scratchFolder } from "../server/open.ts";

const galley = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));

function prune(root: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [galley, "prune", ...args], {
    encoding: "utf8",
    env: { ...process.env, GALLEY_CACHE: root },
  });
  // Sizes on disk differ from one file system to the next; this process has the folder open.
  const text = stdout.replace(/\d+(?:\.\d)? (?:k?B|MB)/gu, "SIZE").replace(/\b\d{2,}\b/gu, "PID");
  return { status, text, stderr };
}

test("says what it removed, what that freed, and who was spared", async () => {
  const root = scratchFolder();
  const { run, session } = await busybox(root);
  await run(exec("echo > /made"), "sync");
  const spared = "in use by process PID: what was used since it began was not touched\n";
  expect(prune(root, "--max-size=0", "-n")).toEqual({
    status: 0,
    text: `would free 0 B; of SIZE, SIZE would be left\n${spared}`.replace("0 B", "SIZE"),
    stderr: "",
  });
  await session.close();
  expect(prune(root, "--max-size=0").text).toMatch(
    /^removed .*3 in layers, 3 in results.*\nfreed SIZE; of SIZE, SIZE are left\n$/u,
  );
});

test.each([
  ["--max-size=much", '"much" is no size: write a number and a unit, as 20GB, 500MB or 1.5GiB'],
  ["--older-than=week", '"week" is no age: write a number and a unit, as 30d, 12h or 90m'],
])("%s", (flag, what) => {
  const [name, value] = flag.split("=");
  const { status, stderr } = prune(scratchFolder(), flag);
  expect([status, stderr]).toEqual([
    1,
    `Error: invalid argument "${value}" for "${name}" flag: ${what}\n`,
  ]);
});

test("a word that it does not take is refused", () => {
  expect(prune(scratchFolder(), "all").stderr).toBe(
    'Error: unknown command "all" for "galley prune"\n',
  );
});
