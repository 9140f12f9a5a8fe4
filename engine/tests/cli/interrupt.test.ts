import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const galley = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-interrupt-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program in a session, and waits until that program has said its own process id. */
async function sessionWith(script: string): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(process.execPath, [galley, "-s", "run", "sh", "-c", script], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, GALLEY_CACHE: join(folder, "cache") },
  });
  const pid = await new Promise<number>((resolve) =>
    child.stdout?.once("data", (text: Buffer) => resolve(Number(text))),
  );
  return { child, pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends the session and what runs in it, with exit code %i", async (signal, code) => {
  const { child, pid } = await sessionWith("echo $$; exec sleep 600");
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill(signal);
  expect(await ended).toBe(code);
  expect(isAlive(pid)).toBe(false);
});

test("a program's own exit code and output are those of run", async () => {
  const { child } = await sessionWith("echo $$; exit 5");
  expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(5);
});
