import { afterAll, beforeAll, expect, test } from "vitest";
import { Repository } from "./repository.ts";

let repository: Repository;

beforeAll(async () => {
  repository = new Repository(["services/api", "services/loadtest", "infra"]);
  const warm = await repository.call("lint");
  expect(warm.exitCode, warm.stderr).toBe(0);
});
afterAll(() => repository.remove());

const steps = (names: readonly string[]) => names.filter((name) => name.startsWith("withExec"));

test("with nothing changed no step is run and no module is started", async () => {
  const again = await repository.call("lint");
  expect(again.exitCode).toBe(0);
  expect(again.stdout).toMatch(/^lint: passed \(0 findings\)$/mu);
  expect(again.executed).toEqual([]);
});

test("one changed line in the API runs only what reads the API's sources", async () => {
  const comment = (text: string) => `${text.trimEnd()}\n\n\n# ${Date.now()}\n`;
  await repository.spoiled("services/api/src/kitchen_api/eta.py", comment, async () => {
    const changed = await repository.call("lint");
    expect(changed.exitCode, changed.stderr).toBe(0);
    const commands = steps(changed.executed).map((name) => /(?:bin\/)(\w+)/u.exec(name)?.[1]);
    expect(commands.sort()).toEqual(["black", "flake8"]);
  });
});

test("a report that fails is exported all the same, and the gate runs no step again", async () => {
  const flaw = (text: string) => `import os\n${text}`;
  await repository.spoiled("services/api/src/kitchen_api/eta.py", flaw, async () => {
    const read = await repository.call(
      "reports",
      "lint",
      "sarif",
      "export",
      "--path",
      "lint.sarif",
    );
    expect(read.exitCode, read.stderr).toBe(0);
    const { version, runs } = JSON.parse(repository.read("lint.sarif"));
    expect(version).toBe("2.1.0");
    const flake8 = runs.find(
      (run: { tool: { driver: { name: string } } }) => run.tool.driver.name === "flake8",
    );
    expect(flake8.results[0].ruleId).toMatch(/^[EF]\d+$/u);

    const gate = await repository.call("lint");
    expect(gate.exitCode).toBe(1);
    expect(gate.stderr).toContain(
      "services/api/src/kitchen_api/eta.py:1:1 error 'os' imported but unused [flake8 F401]",
    );
    expect(steps(gate.executed)).toEqual([]);
  });
});
