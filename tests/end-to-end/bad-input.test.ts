import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Ran, Repository } from "./repository.ts";

let repository: Repository;

beforeEach(() => {
  repository = new Repository([]);
  repository.write(
    "services/tiny/pyproject.toml",
    '[project]\nname = "tiny"\nversion = "1"\ndependencies = []\n',
  );
  repository.write("services/tiny/requirements.lock", "");
  repository.write("services/tiny/tiny.py", '"""Nothing much."""\n');
});
afterEach(() => repository.remove());

/** The whole message, without what differs from run to run. */
function message({ stderr }: Ran): string {
  const text = stderr.slice(stderr.indexOf("Error: "));
  return text
    .replace(/\d+\.\d s/gu, "N s")
    .replace(/ {2,}/gu, "  ")
    .trimEnd();
}

test("an unknown key in kitchen.yaml is named with its line, and the key that was meant", async () => {
  repository.write(
    "kitchen.yaml",
    "components:\n  tiny:\n    path: services/tiny\nterrafrom: []\n",
  );
  const ran = await repository.call("lint");
  expect(ran.exitCode).toBe(1);
  expect(message(ran)).toMatchInlineSnapshot(
    `"Error: kitchen.yaml:4:1 unknown key terrafrom (did you mean terraform?)"`,
  );
});

test("kitchen.yaml that is no YAML, a folder that is not there, a wrong value", async () => {
  repository.write("kitchen.yaml", "components: [\n");
  expect(message(await repository.call("lint"))).toMatchInlineSnapshot(
    `"Error: kitchen.yaml:2:1 Flow sequence in block collection must be sufficiently indented and end with a ]"`,
  );
  repository.write("kitchen.yaml", "components:\n  tiny:\n    path: services/tinny\n");
  expect(message(await repository.call("lint"))).toMatchInlineSnapshot(
    `"Error: kitchen.yaml:3:5 services/tinny: there is no services/tinny/pyproject.toml in the source"`,
  );
  repository.write("kitchen.yaml", "stages:\n  lint:\n    timeout: soon\n");
  expect(message(await repository.call("lint"))).toMatchInlineSnapshot(
    `"Error: kitchen.yaml:3:5 stages.lint.timeout: a duration such as 90s, 10m or 1h, not "soon""`,
  );
});

test("a service without a lock, and one whose lock has no hashes", async () => {
  rmSync(join(repository.path, "services/tiny/requirements.lock"));
  expect(message(await repository.call("typecheck"))).toMatchInlineSnapshot(`
    "Error: typecheck: error (0 findings)
      mypy  tiny  ERROR  N s

    ERROR mypy on tiny: services/tiny: no lock of its dependencies (requirements-dev.lock, requirements.lock, uv.lock or poetry.lock): run \`uv pip compile --all-extras --generate-hashes --no-emit-index-url pyproject.toml -o requirements-dev.lock\` there"
  `);
  repository.write("services/tiny/requirements.lock", "six==1.17.0\n");
  expect(message(await repository.call("typecheck"))).toMatchInlineSnapshot(`
    "Error: typecheck: error (0 findings)
      mypy  tiny  ERROR  N s

    ERROR mypy on tiny: services/tiny/requirements.lock: six==1.17.0 has no hash: make the lock with \`uv pip compile --generate-hashes\`"
  `);
});

test("a lock that does not match its pyproject.toml, and one without pytest", async () => {
  repository.write(
    "services/tiny/pyproject.toml",
    '[project]\nname = "tiny"\nversion = "1"\ndependencies = ["six>=1"]\n',
  );
  const ran = await repository.call("unit-test");
  expect(ran.exitCode).toBe(1);
  expect(message(ran)).toMatchInlineSnapshot(`
    "Error: unitTest: error (1 finding)
      lock  tiny  found  1 finding  N s
      pytest  tiny  ERROR  N s

    ERROR pytest on tiny: services/tiny: pytest is not in its lock: add it to the dev dependencies in pyproject.toml and make the lock anew

    services/tiny/pyproject.toml:4:1 error pyproject.toml asks for six>=1, the lock has nothing: make the lock anew [lock out-of-date]"
  `);
});

test("a Python syntax error is a finding of every tool that meets it, never a crash", async () => {
  repository.write("services/tiny/tiny.py", '"""Nothing much."""\ndef broken(:\n');
  const lint = await repository.call("lint");
  expect(lint.exitCode).toBe(1);
  expect(message(lint)).toMatchInlineSnapshot(`
    "Error: lint: failed (2 findings)
      flake8  tiny  found  1 finding  N s
      black  tiny  found  1 finding  N s

    services/tiny/tiny.py:2:12 error black cannot parse this file [black cannot-format]
    services/tiny/tiny.py:2:13 error SyntaxError: invalid syntax [flake8 E999]"
  `);
  const types = await repository.call("typecheck");
  expect(message(types)).toMatchInlineSnapshot(`
    "Error: typecheck: failed (2 findings)
      mypy  tiny  found  2 findings  N s

    services/tiny/tiny.py:2:13 error Expected a parameter or the end of the parameter list [mypy syntax]
    services/tiny/tiny.py:3:2 error Unexpected EOF while parsing [mypy syntax]"
  `);
});

test("a version that cannot be installed says which", async () => {
  const hash = "0".repeat(64);
  repository.write(
    "services/tiny/requirements.lock",
    `six==99.0.0 \\\n    --hash=sha256:${hash}\n`,
  );
  const ran = await repository.call("typecheck");
  expect(ran.exitCode).toBe(1);
  expect(message(ran)).toContain("six==99.0.0");
  expect(message(ran)).toContain("typecheck: error");
});

test("no services at all is clean, and says that nothing was looked at", async () => {
  rmSync(join(repository.path, "services"), { recursive: true });
  const ran = await repository.call("lint");
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stdout": "lint: passed (0 findings)
      there is no Python component, Terraform or Dockerfile here: nothing was looked at
    ",
    }
  `);
});

test("names with spaces and line ends, and links out of the source", async () => {
  repository.write("services/tiny/a name\nof two lines.py", "import os\n");
  const outside = mkdtempSync(join(tmpdir(), "outside-"));
  writeFileSync(join(outside, "secret.py"), "import sys\n");
  symlinkSync(join(outside, "secret.py"), join(repository.path, "services/tiny/link.py"));
  const ran = await repository.call("lint");
  rmSync(outside, { recursive: true });
  expect(ran.exitCode).toBe(1);
  expect(message(ran)).toMatchInlineSnapshot(`
    "Error: lint: failed (2 findings)
      flake8  tiny  found  2 findings  N s
      black  tiny  ok  N s

    services/tiny/a name\\nof two lines.py:1:1 error 'os' imported but unused [flake8 F401]
    services/tiny/link.py:1:1 error FileNotFoundError: [Errno 2] No such file or directory: './link.py' [flake8 E902]"
  `);
});

test("an image whose registry cannot be reached, and that nothing stands in for", async () => {
  const source = repository.read(".dagger/src/toolbox/images.ts");
  repository.write(
    ".dagger/src/toolbox/images.ts",
    source.replace(/python: "[^"]+"/u, 'python: "127.0.0.1:1/nobody/python:3"'),
  );
  const ran = await repository.call("lint");
  expect(ran.exitCode).toBe(1);
  expect(message(ran)).toContain(
    'failed to resolve image "127.0.0.1:1/nobody/python:3" (platform: "linux/amd64"): failed to do request: Head "http://127.0.0.1:1/v2/nobody/python/manifests/3": dial tcp 127.0.0.1:1: connect: connection refused',
  );
});
