import type { Finding, ReportData, ToolRun } from "../src/report/finding.ts";

/** A finding of a test, complete. */
export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    tool: "flake8",
    rule: "F401",
    level: "error",
    message: "'os' imported but unused",
    path: "services/api/src/app.py",
    line: 3,
    column: 1,
    fingerprint: "f1",
    ...fields,
  };
}

/** A tool's run of a test, complete. */
export function run(fields: Partial<ToolRun> = {}): ToolRun {
  return {
    tool: "flake8",
    version: "7.5.0",
    target: "api",
    outcome: "clean",
    exitCode: 0,
    duration: 1.25,
    log: "",
    findings: [],
    ...fields,
  };
}

/** A run of every kind, with everything that formats have to escape. */
export const everyKind: ReportData = {
  stage: "ci",
  accepted: ["accepted"],
  runs: [
    run({ target: "loadtest" }),
    run({
      outcome: "findings",
      exitCode: 1,
      findings: [
        finding({
          level: "warning",
          rule: "W291",
          message: "trailing whitespace",
          line: 9,
          fingerprint: "f0",
        }),
        finding({ helpUrl: "https://flake8.example/F401?a=1&b=2", endLine: 4 }),
        finding({ fingerprint: "accepted", rule: "E501", message: "line too long" }),
      ],
    }),
    run({
      tool: "mypy",
      version: "2.4.1",
      outcome: "findings",
      exitCode: 1,
      findings: [
        finding({
          tool: "mypy",
          rule: "return-value",
          message: 'got "<script>alert(1)</script>", @someone [x](javascript:y) | `z`\u0007',
          path: "services/api/src/a b\n%<c>.py",
          fingerprint: "f2",
        }),
      ],
    }),
    run({
      tool: "pytest",
      version: "9.2.0",
      outcome: "findings",
      exitCode: 1,
      coverage: 87.456,
      log: "1 failed, 1 passed, 1 skipped",
      findings: [
        finding({
          tool: "pytest",
          rule: "failed",
          message: "tests.test_a.test_bad: assert 1 == 2",
          path: "services/api/tests/test_a.py",
          line: 5,
          fingerprint: "f3",
        }),
      ],
      tests: [
        { suite: "tests.test_a", name: "test_ok", duration: 0.5, outcome: "passed" },
        {
          suite: "tests.test_a",
          name: "test_bad[<&\"']",
          duration: 0.25,
          outcome: "failed",
          detail: "assert 1 == 2\n]]> & more",
        },
        { suite: "tests.test_a", name: "test_later", duration: 0, outcome: "skipped" },
      ],
    }),
    run({
      tool: "tflint",
      version: "0.64.0",
      target: "infra",
      outcome: "error",
      exitCode: 1,
      reason: "Failed to load TFLint config",
      log: "Failed to run in .\n  on .tflint.hcl line 1",
    }),
    run({
      tool: "pip-audit",
      version: "2.10.1",
      outcome: "not-run",
      reason: "no advisory source is reachable",
    }),
  ],
};
