import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Registry, startRegistry } from "../../engine/src/testing/registry.ts";
import { corpusRoot, hasCorpus } from "../parity/corpus.ts";
import { askingFirst } from "../parity/mirror.ts";
import { exceptions, needs } from "./exceptions.ts";

const galley = fileURLToPath(new URL("../../engine/bin/galley.cjs", import.meta.url));

/** Keys of the recorded command lines, `cli/kinds/str`, by their module. */
const keysByModule = hasCorpus ? readKeys() : {};

function readKeys(): Record<string, string[]> {
  const root = join(corpusRoot, "cli");
  const files = readdirSync(root).filter((name) => name.endsWith(".cases.json"));
  return Object.fromEntries(
    files.map((file) => {
      const module = file.slice(0, -".cases.json".length);
      const cases = JSON.parse(readFileSync(join(root, file), "utf8")) as { name: string }[];
      return [module, cases.map(({ name }) => `cli/${module}/${name}`)];
    }),
  );
}

function isOn(key: string): boolean {
  const folder = needs[key];
  if (folder !== undefined && !existsSync(join(corpusRoot, "cli", folder))) return false;
  return !(key in exceptions);
}

const note = hasCorpus ? "" : ` (skipped: there is no corpus at ${corpusRoot})`;

describe.skipIf(!hasCorpus)(`recorded command lines of Dagger's${note}`, () => {
  let registry: Registry;
  let scratch: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "galley-cli-parity-"));
    registry = await startRegistry();
    vi.stubEnv("XDG_CONFIG_HOME", askingFirst(registry.address, scratch).XDG_CONFIG_HOME);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    registry?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  test("every exception names a case", () => {
    const keys = Object.values(keysByModule).flat();
    const named = [...Object.keys(exceptions), ...Object.keys(needs)];
    expect(named.filter((key) => !keys.includes(key))).toEqual([]);
  });

  test.each(Object.keys(keysByModule))("module %s", { timeout: 300_000 }, async (module) => {
    const wanted = (keysByModule[module] ?? []).filter(isOn);
    const outcome = await replay(module);
    expect(Object.fromEntries(wanted.map((key) => [key, outcome[key] ?? "was not run"]))).toEqual(
      Object.fromEntries(wanted.map((key) => [key, "passed"])),
    );
  });
});

/** Runs a module's command lines; for each what differs from the recording, or `passed`. */
async function replay(module: string): Promise<Record<string, string>> {
  const child = spawn(
    process.execPath,
    [
      join(corpusRoot, "replay.mjs"),
      "cli",
      "--bin",
      `${process.execPath} ${galley}`,
      "--only",
      `cli/${module}/`,
      "-v",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => child.on("close", resolve));
  const outcome: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const passed = /^ok {3}(cli\S+)/u.exec(line)?.[1];
    if (passed) outcome[passed] = "passed";
    const [, failed, difference] = /^FAIL (cli\S+): (.*)$/u.exec(line) ?? [];
    if (failed) outcome[failed] ??= difference ?? "";
  }
  return outcome;
}
