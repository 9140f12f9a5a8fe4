import { describe, expect, it } from "vitest";
import type { Target, Tool, ToolOutput } from "../src/checks/tool.ts";
import { actionlint } from "../src/checks/tools/actionlint.ts";
import { bandit } from "../src/checks/tools/bandit.ts";
import { black } from "../src/checks/tools/black.ts";
import { checkov, secrets } from "../src/checks/tools/checkov.ts";
import { flake8 } from "../src/checks/tools/flake8.ts";
import { hadolint } from "../src/checks/tools/hadolint.ts";
import { mypy } from "../src/checks/tools/mypy.ts";
import { pipAudit } from "../src/checks/tools/pip-audit.ts";
import { pytest } from "../src/checks/tools/pytest.ts";
import { terraformFmt } from "../src/checks/tools/terraform-fmt.ts";
import { missingProvider } from "../src/checks/tools/terraform-module.ts";
import { terraformTest } from "../src/checks/tools/terraform-test.ts";
import { terraformValidate } from "../src/checks/tools/terraform-validate.ts";
import { tflint } from "../src/checks/tools/tflint.ts";
import { zizmor } from "../src/checks/tools/zizmor.ts";

// What the tools wrote, at the versions in .dagger/tools, shortened.

const api = { name: "api", path: "services/api" } as Target;
const workflows = { name: "workflows", path: "." } as Target;
const infra = { name: "infra/modules/net", path: "infra" } as Target;

/** A tool's findings as `path:line:column rule message`, and the problem, if it has one. */
function read(tool: Tool, written: Partial<ToolOutput>, target = api): string[] {
  const output = { stdout: "", stderr: "", files: {}, exitCode: 1, ...written };
  const { findings, problem } = tool.parse(output, target);
  return [
    ...findings.map(
      ({ path, line, column, rule, message }) =>
        `${JSON.stringify(path).slice(1, -1)}:${line}:${column} ${rule} ${message}`,
    ),
    ...(problem === undefined ? [] : [`problem: ${problem}`]),
  ];
}

it("no tool calls a crash clean", () => {
  const tools = [flake8, black, mypy, bandit, checkov, secrets, hadolint, pipAudit, pytest];
  const more = [terraformFmt, terraformValidate, terraformTest, tflint, actionlint, zizmor];
  for (const tool of [...tools, ...more]) {
    for (const exitCode of [70, 126, 127, 134, 139, 255]) {
      expect(tool.exitCodes[exitCode], `${tool.name} ${exitCode}`).toBeUndefined();
    }
    expect(tool.exitCodes[1], tool.name).not.toBe("clean");
  }
});

describe("flake8", () => {
  it("gives names with spaces and line ends, links that lead nowhere, syntax errors", () => {
    const stdout = [
      "'./src/dangling.py'\t0\t1\tE902\tFileNotFoundError: [Errno 2] No such file or directory",
      "'./src/with\\nnewline.py'\t1\t1\tF401\t'os' imported but unused",
      "\"./it's.py\"\t4\t9\tE231\tmissing whitespace after ':'",
      "'./src/syntax.py'\t1\t8\tE999\tSyntaxError: invalid syntax",
      "",
    ].join("\n");
    expect(read(flake8, { stdout })).toMatchInlineSnapshot(`
      [
        "services/api/src/dangling.py:1:1 E902 FileNotFoundError: [Errno 2] No such file or directory",
        "services/api/src/with\\nnewline.py:1:1 F401 'os' imported but unused",
        "services/api/it's.py:4:9 E231 missing whitespace after ':'",
        "services/api/src/syntax.py:1:8 E999 SyntaxError: invalid syntax",
      ]
    `);
  });

  it("crashes with the exit code of findings", () => {
    const stderr = "Traceback (most recent call last):\n  File …\nRecursionError: maximum";
    expect(read(flake8, { stderr })).toEqual(["problem: flake8 crashed"]);
  });
});

describe("black", () => {
  it("gives the first line that would change, whatever the lines look like", () => {
    const stdout = [
      "--- /src/services/api/src/with",
      "newline.py\t2026-11-23 19:48:26.046007+00:00",
      "+++ /src/services/api/src/with",
      "newline.py\t2026-11-23 19:48:27.199729+00:00",
      "@@ -11,7 +11,5 @@",
      ' SQL = """',
      "--- a comment of SQL\twith a tab",
      '-"""',
      "--- /src/services/api/b.py\t2026-11-23 19:48:26.046007+00:00",
      "+++ /src/services/api/b.py\t2026-11-23 19:48:27.199729+00:00",
      "@@ -1,2 +1,3 @@",
      "+",
      " def f():",
      "",
    ].join("\n");
    expect(read(black, { stdout })).toMatchInlineSnapshot(`
      [
        "services/api/src/with\\nnewline.py:12:1 format black would reformat this file (run black on it)",
        "services/api/b.py:1:1 format black would reformat this file (run black on it)",
      ]
    `);
  });

  it("gives what it cannot parse or decode", () => {
    const stderr = [
      "error: cannot format /src/services/api/latin.py: 'utf-8' codec can't decode byte 0xff",
      "error: cannot parse: /src/services/api/nul.py:1:5",
      "    x = 1",
      "ParseError: bad input",
      "error: cannot parse for target version Python 3.13: /src/services/api/a b.py:2:6",
      "    def g(:",
      "Oh no!",
    ].join("\n");
    expect(read(black, { stderr, exitCode: 123 })).toMatchInlineSnapshot(`
      [
        "services/api/nul.py:1:6 cannot-format black cannot parse this file",
        "services/api/a b.py:2:7 cannot-format black cannot parse this file",
        "services/api/latin.py:1:1 cannot-format 'utf-8' codec can't decode byte 0xff",
      ]
    `);
  });
});

describe("mypy", () => {
  it("gives errors, syntax errors and files that it cannot read, not notes", () => {
    const line = (fields: object) =>
      JSON.stringify({ file: "src/a b.py", line: 7, column: 11, hint: null, ...fields });
    const stdout = [
      line({ message: "Incompatible return value", code: "return-value", severity: "error" }),
      line({ message: "Revealed type", code: "misc", severity: "note" }),
      line({
        ...{ line: -1, column: -1, message: 'Duplicate module named "flaw"', code: null },
        ...{ severity: "error", hint: "See …\nCommon resolutions" },
      }),
      "Found 2 errors in 1 file (errors prevented further checking)",
    ].join("\n");
    const stderr = "src/dangling.py: error: Cannot read file: No such file or directory\n";
    expect(read(mypy, { stdout, stderr, exitCode: 2 })).toMatchInlineSnapshot(`
      [
        "services/api/src/a b.py:7:12 return-value Incompatible return value",
        "services/api/src/a b.py:1:1 error Duplicate module named "flaw" (See … Common resolutions)",
        "services/api/src/dangling.py:1:1 cannot-read Cannot read file: No such file or directory",
      ]
    `);
  });

  it("has nothing to do without Python files", () => {
    const stderr = "There are no .py[i] files in directory '.'\n";
    expect(mypy.notRun?.({ stdout: "", stderr, files: {}, exitCode: 2 })).toBe("no Python files");
  });
});

describe("bandit", () => {
  it("gives flaws, and files that it cannot parse", () => {
    const result = {
      ...{ filename: "./src/flaw.py", line_number: 5, col_offset: 4, test_id: "B101" },
      ...{ issue_severity: "LOW", issue_text: "Use of assert detected.", more_info: "https://x" },
    };
    const report = {
      results: [result],
      errors: [{ filename: "./src/syntax.py", reason: "syntax error while parsing AST from file" }],
    };
    const files = { "bandit.json": JSON.stringify(report) };
    expect(read(bandit, { files })).toMatchInlineSnapshot(`
      [
        "services/api/src/flaw.py:5:5 B101 Use of assert detected.",
        "services/api/src/syntax.py:1:1 cannot-parse syntax error while parsing AST from file",
      ]
    `);
    expect(read(bandit, {})).toEqual(["problem: wrote no report"]);
  });
});

describe("checkov", () => {
  const failed = {
    ...{ check_id: "CKV_AWS_24", check_name: "No open port 22", resource: "aws_sg.open" },
    ...{ file_abs_path: "/src/infra/modules/net/main.tf", file_line_range: [1, 9] },
  };

  it("gives what failed and what it could not parse", () => {
    const results = { failed_checks: [failed], parsing_errors: ["/src/infra/modules/net/bad.tf"] };
    const counts = { passed: 0, failed: 0 };
    const stdout = JSON.stringify([{ check_type: "terraform", results }, counts]);
    expect(read(checkov, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/main.tf:1:1 CKV_AWS_24 No open port 22 (aws_sg.open)",
        "infra/modules/net/bad.tf:1:1 cannot-parse checkov cannot parse this file",
      ]
    `);
    expect(read(checkov, { stdout: JSON.stringify(counts), exitCode: 0 }, infra)).toEqual([]);
    expect(read(checkov, { stdout: "" }, infra)).toEqual(["problem: wrote no report"]);
  });

  it("shows nothing of a secret, not even its hash", () => {
    const secret = {
      ...{ check_id: "CKV_SECRET_2", check_name: "AWS Access Key", resource: "1a967a0daa8ed1e7" },
      ...{ file_abs_path: "/src/services/api/a b.py", file_line_range: [1, 2] },
    };
    const stdout = JSON.stringify({ results: { failed_checks: [secret] } });
    expect(read(secrets, { stdout })).toEqual([
      "services/api/a b.py:1:1 CKV_SECRET_2 AWS Access Key",
    ]);
  });
});

describe("hadolint", () => {
  it("goes on without settings that it cannot read, and calls that a success", () => {
    const stderr = "\"Error parsing your config file in  '/src/services/api/.hadolint.yaml': …";
    expect(read(hadolint, { stdout: "[]", stderr, exitCode: 0 })).toEqual([
      "problem: cannot read .hadolint.yaml",
    ]);
  });

  it("gives its rules, and Dockerfiles that are none", () => {
    const each = { column: 1, file: "./Dockerfile", line: 1 };
    const stdout = JSON.stringify([
      { ...each, code: "DL3007", level: "warning", message: "Using latest is prone to errors" },
      { ...each, code: "DL1000", level: "error", message: "unexpected 'F'" },
    ]);
    expect(read(hadolint, { stdout })).toMatchInlineSnapshot(`
      [
        "services/api/Dockerfile:1:1 DL3007 Using latest is prone to errors",
        "services/api/Dockerfile:1:1 DL1000 unexpected 'F'",
      ]
    `);
  });
});

describe("pip-audit", () => {
  const output = (dependencies: object[]) => ({
    ...{ stdout: JSON.stringify({ dependencies }), stderr: "", files: {}, exitCode: 0 },
  });

  it("did not run where it has no advisories, though it says that all is well", () => {
    const skipped = { name: "six", skip_reason: "Dependency not found on PyPI" };
    const known = { name: "idna", version: "3.19", vulns: [] };
    expect(pipAudit.notRun?.(output([skipped, known]))).toBe(
      "no advisories to be had for 1 of 2 dependencies",
    );
    expect(pipAudit.notRun?.(output([known]))).toBeUndefined();
  });

  it("gives what it found even when some could not be looked up", () => {
    const vulns = [{ id: "CVE-1", description: "Bad.\nVery.", fix_versions: ["2.1"] }];
    const written = output([
      { name: "six", skip_reason: "Dependency not found on PyPI" },
      { name: "idna", version: "2.0", vulns },
    ]);
    expect(pipAudit.notRun?.(written)).toBeUndefined();
    expect(read(pipAudit, written)).toEqual([
      "services/api/requirements.lock:1:1 CVE-1 idna 2.0: Bad. (fixed in 2.1)",
    ]);
  });
});

describe("pytest", () => {
  const junit = (cases: string) =>
    `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest">${cases}</testsuite></testsuites>`;
  const coverage = (percent: number) => JSON.stringify({ totals: { percent_covered: percent } });

  it("gives failed tests where they fail, and modules that cannot be collected", () => {
    const cases = [
      '<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py" line="0" time="0.002" />',
      '<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="3" time="0.004"><failure message="assert 1 == 2">def test_bad():\n&gt;       assert 1 == 2\nE       assert 1 == 2\n\ntests/test_a.py:5: AssertionError</failure></testcase>',
      '<testcase classname="" name="tests.test_b" file="tests/test_b.py" time="0.000"><error message="collection failure">ImportError while importing test module.\nTraceback:\n/usr/lib/python3.13/importlib/__init__.py:88: in import_module\ntests/test_b.py:1: in &lt;module&gt;\n    import nothing_here\nE   ModuleNotFoundError: No module named \'nothing_here\'</error></testcase>',
      '<testcase classname="" name="tests.test_c" file="tests/test_c.py" time="0.000"><error message="collection failure">../../../opt/venv/lib/python3.13/site-packages/_pytest/python.py:528: in importtestmodule\nE     File "/src/services/api/tests/test_c.py", line 4\nE       def (:\nE           ^\nE   SyntaxError: invalid syntax</error></testcase>',
    ].join("");
    const files = { "junit.xml": junit(cases), "coverage.json": coverage(80) };
    expect(read(pytest, { files, exitCode: 2 })).toMatchInlineSnapshot(`
      [
        "services/api/tests/test_a.py:5:1 failed tests.test_a.test_bad: assert 1 == 2",
        "services/api/tests/test_b.py:1:1 error tests.test_b: ModuleNotFoundError: No module named 'nothing_here'",
        "services/api/tests/test_c.py:4:1 error tests.test_c: SyntaxError: invalid syntax",
      ]
    `);
  });

  it("holds coverage against the least that is asked for", () => {
    const target = {
      ...api,
      component: {
        name: "api",
        path: "services/api",
        coverage: 90,
        image: { build: false, maxSize: undefined },
      },
    };
    const passed = junit('<testcase classname="t" name="test_ok" time="0.1" />');
    const written = (percent: number) => ({
      ...{ exitCode: 0, files: { "junit.xml": passed, "coverage.json": coverage(percent) } },
    });
    expect(read(pytest, written(89.96), target)).toMatchInlineSnapshot(`
      [
        "services/api/pyproject.toml:1:1 coverage tests run 89.9 % of the lines, less than the 90 % in kitchen.yaml",
      ]
    `);
    expect(read(pytest, written(90), target)).toEqual([]);
    expect(read(pytest, { exitCode: 0, files: { "junit.xml": passed } }, target)).toEqual([
      "problem: pytest wrote no coverage: is pytest-cov switched off?",
    ]);
  });

  it("gives a conftest.py that cannot be loaded, which ends it before any report", () => {
    const stderr = [
      "ImportError while loading conftest '/src/services/api/tests/conftest.py'.",
      "tests/conftest.py:7: in <module>",
      "    import nope",
      "E   ModuleNotFoundError: No module named 'nope'",
    ].join("\n");
    expect(read(pytest, { stderr, exitCode: 4 })).toMatchInlineSnapshot(`
      [
        "services/api/tests/conftest.py:7:1 error conftest.py: ModuleNotFoundError: No module named 'nope'",
      ]
    `);
    expect(read(pytest, { stderr: "ERROR: usage: …", exitCode: 4 })).toEqual([
      "problem: pytest wrote no report",
    ]);
  });

  it("does not pass without tests", () => {
    const files = { "junit.xml": junit("") };
    expect(read(pytest, { files, exitCode: 5 })).toEqual([
      "services/api/pyproject.toml:1:1 no-tests pytest found no tests",
    ]);
  });
});

const unclosed = [
  "╷",
  "│ Error: Unclosed configuration block",
  "│ ",
  '│   on modules/net/bad.tf line 1, in resource "x":',
  '│    1: resource "x" {',
  "╵",
].join("\n");

describe("terraform", () => {
  it("fmt gives files that it would change, and those that it cannot parse", () => {
    const stdout = [
      "--- old/modules/net/sp ace.tf",
      "+++ new/modules/net/sp ace.tf",
      "@@ -1,9 +1,9 @@",
      ' resource "x" "y" {',
      "- ingress {",
      "+  ingress {",
    ].join("\n");
    expect(
      read(terraformFmt, { stdout, stderr: unclosed, exitCode: 2 }, infra),
    ).toMatchInlineSnapshot(`
      [
        "infra/modules/net/sp ace.tf:2:1 format terraform fmt would reformat this file (run terraform fmt on it)",
        "infra/modules/net/bad.tf:1:1 syntax Unclosed configuration block",
      ]
    `);
  });

  it("validate gives its diagnostics, syntax errors of init, and why init failed", () => {
    const diagnostic = {
      ...{ severity: "error", summary: "Reference to undeclared input variable" },
      detail: 'An input variable with the name "z"\nhas not been declared.',
      range: { filename: "main.tf", start: { line: 3, column: 11 }, end: { line: 3 } },
    };
    const stdout = JSON.stringify({ valid: false, diagnostics: [diagnostic] });
    const missing = [
      "Error: Failed to query available provider packages",
      "",
      "Could not retrieve the list of available versions for provider hashicorp/aws:",
      "no available releases match the given constraints >= 99.0.0",
      "",
      "To see which modules are currently depending on hashicorp/aws",
    ].join("\n");
    expect(read(terraformValidate, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/main.tf:3:11 error Reference to undeclared input variable: An input variable with the name "z" has not been declared.",
      ]
    `);
    const local = unclosed.replace("modules/net/", "");
    expect(read(terraformValidate, { stderr: local }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/bad.tf:1:1 syntax Unclosed configuration block",
      ]
    `);
    expect(read(terraformValidate, { stderr: missing }, infra)).toMatchInlineSnapshot(`
      [
        "problem: terraform init failed: Failed to query available provider packages: Could not retrieve the list of available versions for provider hashicorp/aws: no available releases match the given constraints >= 99.0.0",
      ]
    `);
    expect(missingProvider(missing)).toBeUndefined();
  });

  it("validate is not run where the provider cannot be had, which is no pass", () => {
    const error = (title: string, ...lines: string[]) =>
      ["╷", `│ Error: ${title}`, "│ ", ...lines.map((line) => `│ ${line}`), "╵"].join("\n");
    const query = (...lines: string[]) =>
      error(
        "Failed to query available provider packages",
        "Could not retrieve the list of available versions for provider hashicorp/aws:",
        ...lines,
      );
    const unreachable = query(
      "could not connect to registry.terraform.io: failed to request discovery",
      'document: Get "https://registry.terraform.io/.well-known/terraform.json":',
      "dial tcp: lookup registry.terraform.io: no such host",
    );
    const notInTheMirror = query(
      "provider registry.terraform.io/hashicorp/aws was not found in any of the",
      "search locations",
    );
    const otherFile = error(
      "Failed to install provider",
      "Error while installing hashicorp/aws v6.25.0: the local package for",
      "registry.terraform.io/hashicorp/aws 6.25.0 doesn't match any of the checksums",
    );
    expect([unreachable, notInTheMirror, otherFile, unclosed, ""].map(missingProvider)).toEqual([
      "hashicorp/aws cannot be had: could not connect to registry.terraform.io",
      "hashicorp/aws cannot be had: was not found in any of the search locations",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("tflint", () => {
  it("gives issues, and Terraform that it cannot parse", () => {
    const issue = {
      rule: { name: "terraform_typed_variables", severity: "warning", link: "https://x" },
      message: "`unused` variable has no type",
      range: {
        filename: "modules/net/sp ace.tf",
        ...{ start: { line: 1, column: 1 }, end: { line: 1 } },
      },
    };
    const broken =
      "Failed to run in modules/net; exit status 1\n\nFailed to load the root module; modules/net/bad.tf:1,14-15: Unclosed configuration block; There is no closing brace.:\n\n\u001b[31mError\u001b[0m: Unclosed";
    const stdout = JSON.stringify({ issues: [issue], errors: [{ message: broken }] });
    expect(read(tflint, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/sp ace.tf:1:1 terraform_typed_variables \`unused\` variable has no type",
        "infra/modules/net/bad.tf:1:14 syntax Unclosed configuration block",
      ]
    `);
  });

  it("cannot work with settings that it cannot read", () => {
    const message =
      "Failed to run in .; exit status 1\n\nFailed to load TFLint config; .tflint.hcl:1,4-5: Argument or block definition required:\n\n\u001b[31mError\u001b[0m";
    const stdout = JSON.stringify({ issues: [], errors: [{ message }] });
    expect(read(tflint, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "problem: Failed to run in .; exit status 1

      Failed to load TFLint config; .tflint.hcl:1,4-5: Argument or block definition required:",
      ]
    `);
  });
});

describe("terraform test", () => {
  const event = (fields: object) =>
    JSON.stringify({ "@timestamp": "2026-11-25T10:00:01Z", ...fields });
  const ran = (run: string, status: string) => [
    event({
      "@timestamp": "2026-11-25T10:00:00Z",
      test_run: { path: "tests/a.tftest.hcl", run, progress: "starting" },
    }),
    event({ test_run: { path: "tests/a.tftest.hcl", run, progress: "complete", status } }),
  ];
  const diagnostic = (
    run: string | undefined,
    summary: string,
    detail: string,
    severity = "error",
  ) =>
    event({
      "@testfile": "tests/a.tftest.hcl",
      ...(run ? { "@testrun": run } : {}),
      diagnostic: {
        ...{ severity, summary, detail },
        range: { filename: "tests/a.tftest.hcl", start: { line: 11, column: 17 } },
      },
    });

  it("gives each run as a test, and what failed with its place", () => {
    const stdout = [
      ...ran("good", "pass"),
      ...ran("bad", "fail"),
      diagnostic("bad", "Test assertion failed", "it must be 1,\nnot 2"),
      ...ran("err", "error"),
      diagnostic("err", "Invalid function argument", "no file"),
      diagnostic("err", "Value for undeclared variable", "b", "warning"),
      ...ran("after", "skip"),
    ].join("\n");
    expect(read(terraformTest, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/tests/a.tftest.hcl:11:17 failed bad: it must be 1, not 2",
        "infra/modules/net/tests/a.tftest.hcl:11:17 error err: Invalid function argument: no file",
      ]
    `);
    const { tests } = terraformTest.parse({ stdout, stderr: "", files: {}, exitCode: 1 }, infra);
    expect(tests?.map(({ name, outcome, duration }) => `${name} ${outcome} ${duration}`)).toEqual([
      "good passed 1",
      "bad failed 1",
      "err error 1",
      "after skipped 1",
    ]);
  });

  it("gives a syntax error in a test file, and misses tests where there is none", () => {
    const stdout = diagnostic(undefined, "Unclosed configuration block", "no brace");
    expect(read(terraformTest, { stdout }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net/tests/a.tftest.hcl:11:17 syntax Unclosed configuration block: no brace",
      ]
    `);
    expect(read(terraformTest, { stdout: "{}", exitCode: 0 }, infra)).toMatchInlineSnapshot(`
      [
        "infra/modules/net:1:1 no-tests terraform test found no run block in the test files",
      ]
    `);
  });

  it("is not run, as little as validate, where a provider cannot be had", () => {
    const stderr = [
      "╷",
      "│ Error: Failed to query available provider packages",
      "│ ",
      "│ Could not retrieve the list of available versions for provider",
      "│ hashicorp/aws: could not connect to registry.terraform.io: failed to",
      "│ request discovery document: no such host",
      "╵",
    ].join("\n");
    const output = { stdout: "", stderr, files: {}, exitCode: 1 };
    for (const tool of [terraformTest, terraformValidate]) {
      expect(tool.notRun?.(output)).toBe(
        "hashicorp/aws cannot be had: could not connect to registry.terraform.io",
      );
      const missing = stderr.replace(/could not connect.*/u, "provider registry does not have it");
      expect(tool.notRun?.({ ...output, stderr: missing })).toBeUndefined();
      expect(tool.notRun?.({ ...output, stderr: "" })).toBeUndefined();
    }
  });
});

describe("actionlint", () => {
  it("gives what it found; a file that is no YAML is a finding", () => {
    const stdout = JSON.stringify([
      {
        ...{ message: 'undefined variable "matrx"', filepath: ".github/workflows/a b.yml" },
        ...{ line: 9, column: 23, kind: "expression", snippet: "…", end_column: 29 },
      },
      {
        ...{ message: "could not parse as YAML: …", filepath: ".github/workflows/bad.yml" },
        ...{ line: 1, column: 4, kind: "syntax-check", snippet: "on: [push\n   ^", end_column: 4 },
      },
    ]);
    expect(read(actionlint, { stdout }, workflows)).toMatchInlineSnapshot(`
      [
        ".github/workflows/a b.yml:9:23 expression undefined variable "matrx"",
        ".github/workflows/bad.yml:1:4 syntax-check could not parse as YAML: …",
      ]
    `);
  });
});

describe("zizmor", () => {
  it("gives the primary place of each finding, counted from 1", () => {
    const place = (kind: string, row: number) => ({
      symbolic: {
        key: { Local: { verbatim_path: "./.github/workflows/a b.yml" } },
        annotation: "may expand into attacker-controllable code",
        kind,
      },
      concrete: {
        location: { start_point: { row, column: 23 }, end_point: { row, column: 30 } },
      },
    });
    const stdout = JSON.stringify([
      {
        ident: "template-injection",
        desc: "code injection via template expansion",
        url: "https://docs.zizmor.sh/audits/#template-injection",
        determinations: { confidence: "High", severity: "High", persona: "Regular" },
        locations: [place("Hidden", 3), place("Primary", 7)],
      },
    ]);
    expect(read(zizmor, { stdout, exitCode: 14 }, workflows)).toMatchInlineSnapshot(`
      [
        ".github/workflows/a b.yml:8:24 template-injection code injection via template expansion: may expand into attacker-controllable code",
      ]
    `);
  });

  it("a file that it cannot read is a finding, anything else an error", () => {
    const unreadable = (words: string) => read(zizmor, { stderr: words, exitCode: 1 }, workflows);
    const parse =
      "fatal: no audit was performed\nfailed to load file://./.github/workflows/bad%20one.yml as workflow\n\nCaused by:\n    0: invalid YAML syntax: did not find expected ',' or ']' at line 2 column 1, while parsing a flow sequence\n    1: did not find …\n";
    expect(unreadable(parse)).toMatchInlineSnapshot(`
      [
        ".github/workflows/bad one.yml:2:1 cannot-parse invalid YAML syntax: did not find expected ',' or ']' at line 2 column 1, while parsing a flow sequence",
      ]
    `);
    expect(unreadable("fatal: no audit was performed\ninvalid input: nothing")).toEqual([]);
  });
});
