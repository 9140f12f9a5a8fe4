import { utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Ran, Repository } from "./repository.ts";

/** One flaw for one tool, planted in a copy of the API or the infrastructure. */
interface Flaw {
  readonly stage: "lint" | "typecheck" | "security-scan" | "unit-test";
  readonly tool: string;
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  plant(text: string): string;
}

const eta = "services/api/src/kitchen_api/eta.py";
const dockerfile = "services/api/Dockerfile";
const variables = "infra/environments/local/variables.tf";
const main = "infra/environments/local/main.tf";

const workflow = ".github/workflows/ci.yml";

const lines = (text: string) => text.trimEnd().split("\n").length;
const appended = (code: string) => (text: string) => `${text.trimEnd()}\n\n\n${code}\n`;

const flaws: readonly Flaw[] = [
  {
    stage: "lint",
    tool: "flake8",
    rule: "F841",
    path: eta,
    line: 2,
    plant: appended("def planted() -> None:\n    unused = 1"),
  },
  {
    stage: "lint",
    tool: "black",
    rule: "format",
    path: eta,
    line: 1,
    plant: appended("PLANTED = 'single quotes'"),
  },
  {
    stage: "lint",
    tool: "hadolint",
    rule: "DL3007",
    path: dockerfile,
    line: 1,
    plant: (text) => `FROM debian:latest AS planted\n${text}`,
  },
  {
    stage: "lint",
    tool: "terraform-fmt",
    rule: "format",
    path: main,
    line: 1,
    plant: appended(
      'locals {\n  planted   = 1\n}\n\noutput "planted" {\n  description = "planted"\n  value = local.planted\n}',
    ),
  },
  {
    stage: "lint",
    tool: "terraform-validate",
    rule: "error",
    path: main,
    line: 1,
    plant: appended(
      'output "planted" {\n  description = "planted"\n  value       = var.never_declared\n}',
    ),
  },
  {
    stage: "lint",
    tool: "tflint",
    rule: "terraform_unused_declarations",
    path: variables,
    line: 1,
    plant: appended(
      'variable "planted" {\n  type        = string\n  description = "planted"\n  default     = ""\n}',
    ),
  },
  {
    stage: "lint",
    tool: "actionlint",
    rule: "expression",
    path: workflow,
    line: 15,
    plant: (text) => `# planted\n${text.replace("github.ref }}", "github.reff }}")}`,
  },
  {
    stage: "typecheck",
    tool: "mypy",
    rule: "assignment",
    path: eta,
    line: 1,
    plant: appended('PLANTED: int = "text"'),
  },
  {
    stage: "security-scan",
    tool: "bandit",
    rule: "B102",
    path: eta,
    line: 1,
    plant: appended('exec("planted = 1")'),
  },
  {
    stage: "security-scan",
    tool: "checkov",
    rule: "CKV_AWS_24",
    path: main,
    line: 1,
    plant: appended(
      'resource "aws_security_group" "planted" {\n  description = "planted"\n\n  ingress {\n    description = "planted"\n    from_port   = 22\n    to_port     = 22\n    protocol    = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}',
    ),
  },
  {
    stage: "security-scan",
    tool: "zizmor",
    rule: "dangerous-triggers",
    path: workflow,
    line: 5,
    plant: (text) => `# planted\n${text.replace("pull_request:", "pull_request_target:")}`,
  },
  {
    stage: "unit-test",
    tool: "pytest",
    rule: "failed",
    path: "services/api/tests/test_eta.py",
    line: 2,
    plant: appended("def test_planted() -> None:\n    assert 1 == 2"),
  },
];

const report = z.object({
  verdict: z.string(),
  runs: z.array(
    z.object({
      tool: z.string(),
      outcome: z.string(),
      reason: z.string().optional(),
      findings: z.array(
        z.object({ tool: z.string(), rule: z.string(), path: z.string(), line: z.number() }),
      ),
    }),
  ),
});

describe("a flaw planted for each tool is found by it, with rule, path and line", () => {
  let repository: Repository;
  let clean: Ran;

  beforeAll(async () => {
    repository = new Repository(["services/api", "infra", ".github"]);
    clean = await repository.call("ci");
  });
  afterAll(() => repository.remove());

  test("the clean tree gives none", () => {
    const { exitCode, stdout, stderr } = clean;
    expect(stderr).not.toContain("Error");
    expect(stdout).toMatch(/^ci: passed \(0 findings\)$/mu);
    expect(exitCode).toBe(0);
  });

  test("what mypy keeps from run to run hides no change, not one of the same time and size", async () => {
    const typecheck = (value: string) =>
      repository.spoiled(eta, appended(`PLANTED: int = ${value}`), () => {
        // As all files have that come out of Git.
        utimesSync(join(repository.path, eta), 1, 1);
        return repository.call("typecheck");
      });
    expect((await typecheck("631")).stdout).toContain("typecheck: passed");
    expect((await typecheck('"b"')).stderr).toContain("[mypy assignment]");
    expect((await typecheck("632")).stdout).toContain("typecheck: passed");
  });

  test.each(flaws)("$tool $rule", async ({ stage, tool, rule, path, line, plant }) => {
    const start = lines(repository.read(path));
    await repository.spoiled(path, plant, async () => {
      const read = await repository.call("reports", stage, "json", "contents");
      expect(read.exitCode, read.stderr).toBe(0);
      const { verdict, runs } = report.parse(JSON.parse(read.stdout));
      expect(runs.filter(({ outcome }) => outcome === "error")).toEqual([]);
      const found = runs.flatMap(({ findings }) => findings).filter((each) => each.tool === tool);
      expect(found.filter((each) => each.rule === rule)).toHaveLength(1);
      // Lines of what is appended are counted from its own first line.
      const at = plant("first\n").startsWith("first") ? start + 2 + line : line;
      const place = found.find((each) => each.rule === rule);
      expect({ path: place?.path, near: Math.abs((place?.line ?? 0) - at) <= 6 }).toEqual({
        path,
        near: true,
      });
      expect(verdict).toBe("failed");

      const gate = await repository.call(stage);
      expect(gate.exitCode).toBe(1);
      expect(gate.stderr).toContain(`[${tool} ${rule}]`);
      // The gate read what the report had run: not a step ran again.
      expect(gate.executed.filter((name) => name.startsWith("withExec"))).toEqual([]);
    });
  });
});
