import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { galleyPath, Repository } from "./repository.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("Kitchen in your repository, in ten minutes", () => {
  const folder = mkdtempSync(join(tmpdir(), "minutes-"));
  const work = join(folder, "minimal");

  beforeAll(() => {
    cpSync(join(root, "examples/minimal"), work, { recursive: true });
    spawnSync("git", ["init", "--quiet"], { cwd: work });
    const dagger = `#!/bin/sh\nexec '${process.execPath}' '${galleyPath}' "$@"\n`;
    writeFileSync(join(folder, "dagger"), dagger, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const guide = readFileSync(join(root, "docs/guides/ten-minutes.md"), "utf8");
  const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gmsu)].map(([, script = ""]) => script);

  test("has commands", () => expect(blocks.length).toBeGreaterThan(4));

  // In order: each goes on where the one before it stopped.
  test.each(blocks.map((script) => [script.trim().split("\n").at(-1), script]))(
    "%s",
    (_last, script = "") => {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, KITCHEN: root };
      const ran = spawnSync("bash", ["-e", "-c", script], { cwd: work, env, encoding: "utf8" });
      expect(`${ran.stdout}\n${ran.stderr.slice(-3000)}\nexit code ${ran.status}`).toMatch(
        /exit code 0$/u,
      );
    },
  );
});

describe("a module that depends on Kitchen", () => {
  let repository: Repository;

  beforeAll(() => {
    repository = new Repository(["examples/consumer"]);
  });
  afterAll(() => repository.remove());

  const call = (...args: string[]) => repository.call("-m", "examples/consumer", ...args);

  test("has Kitchen's checks and its own", async () => {
    const ran = await call("all");
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout.match(/^\w+: \w+/gmu)).toEqual([
      "lint: passed",
      "unitTest: passed",
      "rounding: passed",
    ]);
  });

  test("fails as Kitchen does, by its own check, and by its own threshold", async () => {
    const source = "examples/consumer/src/prices/__init__.py";
    const tests = "examples/consumer/tests/test_prices.py";
    await repository.spoiled(
      source,
      (text) =>
        text
          .replace(", rounded to whole cents", "")
          .replace("if percent", "import os\n    if percent"),
      () =>
        repository.spoiled(
          tests,
          (text) => text.replace(/\n\n\ndef test_refuses.*/su, "\n"),
          async () => {
            const { exitCode, stderr } = await call("all");
            expect(exitCode).toBe(1);
            expect(stderr).toContain("[flake8 F401]");
            expect(stderr).toContain("rounding: with_tax: say how it rounds");
            expect(stderr).toContain("[pytest coverage]");
            // Kitchen's own configuration file would have been content.
            const own = [
              "--source",
              "examples/consumer",
              "--config",
              "examples/consumer/kitchen.yaml",
            ];
            const plain = await repository.call(...own, "unit-test");
            expect(plain.exitCode, plain.stderr).toBe(0);
          },
        ),
    );
  });
});
