import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Changed, isUnaffected, reasonForAll } from "../src/checks/affected.ts";
import type { Target } from "../src/checks/tool.ts";
import { type Config, readConfig } from "../src/config.ts";
import { evidenceOf } from "../src/release/evidence.ts";
import type { ReportData, ToolRun } from "../src/report/finding.ts";
import { markdownReport } from "../src/report/markdown.ts";
import { textReport } from "../src/report/text.ts";

/** A repository: contents of files by their paths. */
type Tree = Readonly<Record<string, string>>;

/** Paths as a Changeset has them: new folders beside what is in them, of removed ones only the top. */
function changedPaths(before: Tree, now: Tree): string[] {
  const foldersOf = (tree: Tree) =>
    new Set(
      Object.keys(tree).flatMap((path) => {
        const parts = path.split("/").slice(0, -1);
        return parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`);
      }),
    );
  const [had, has] = [foldersOf(before), foldersOf(now)];
  const removed = [...had].filter((folder) => !has.has(folder));
  const isTop = (path: string) =>
    !removed.some((folder) => path !== folder && path.startsWith(folder));
  return [
    ...[...has].filter((folder) => !had.has(folder)),
    ...Object.keys(now).filter((path) => before[path] !== now[path]),
    ...[...removed, ...Object.keys(before).filter((path) => !(path in now))].filter(isTop),
  ];
}

const configOf = (tree: Tree): Config => readConfig(tree["kitchen.yaml"], Object.keys(tree));

/** The targets that read no more than their folder, and settings at the root. */
function targetsOf({ components, terraform, dockerfiles }: Config): Target[] {
  const source = {} as Target["source"];
  return [
    ...components.map((component) => ({
      ...{ name: component.name, path: component.path, source, component },
    })),
    ...[...terraform, ...dockerfiles].map((path) => ({ name: path, path, source })),
  ];
}

/** All that a target's tools can read of a repository, and what they are told. */
function inputsOf(target: Target, tree: Tree): string {
  const files = Object.entries(tree).filter(
    ([path]) => path.startsWith(`${target.path}/`) || !path.includes("/"),
  );
  const settings = files.filter(([path]) => !path.endsWith(".md"));
  return JSON.stringify([target, settings.sort()]);
}

function since(before: Tree, now: Tree): Changed {
  return { since: "main", paths: changedPaths(before, now), before: configOf(before) };
}

const file = fc.oneof(
  fc.constantFrom("setup.cfg", "README.md", "docs/a.md", "dagger.json", ".github/workflows/ci.yml"),
  fc
    .tuple(
      fc.constantFrom("services/a", "services/a/inner", "services/ab", "b", "infra", "infra/x"),
      fc.constantFrom("pyproject.toml", "x.py", "main.tf", "Dockerfile", "t/x.py"),
    )
    .map((parts) => parts.join("/")),
);
const tree = fc.dictionary(file, fc.constantFrom("1", "2"), { minKeys: 1, maxKeys: 14 });
const gone = "gone";
const edits = fc.dictionary(file, fc.constantFrom("1", "2", gone), { minKeys: 1, maxKeys: 3 });

test("what is left out would have been given the same files, in the same way, before", () => {
  let left = 0;
  fc.assert(
    fc.property(tree, edits, (one, edited) => {
      const kept = Object.entries({ ...one, ...edited }).filter(([, text]) => text !== gone);
      const now: Tree = Object.fromEntries(kept);
      const [config, changed] = [configOf(now), since(one, now)];
      if (reasonForAll(changed, config)) return;
      const then = targetsOf(configOf(one));
      for (const target of targetsOf(config)) {
        if (!isUnaffected(target, changed)) continue;
        left += 1;
        const same = then.find(
          ({ path, component }) => path === target.path && !component === !target.component,
        );
        expect(same && inputsOf(same, one)).toBe(inputsOf(target, now));
      }
    }),
    { numRuns: 3000 },
  );
  expect(left).toBeGreaterThan(100);
});

describe("one change", () => {
  const before: Tree = {
    "services/a/pyproject.toml": "",
    "services/a/x.py": "1",
    "services/ab/pyproject.toml": "",
    "services/ab/Dockerfile": "",
    "infra/main.tf": "",
    "README.md": "",
    "docs/a.md": "",
    ".github/CODEOWNERS": "",
  };
  const affected = (now: Tree) => {
    const [config, changed] = [configOf(now), since(before, now)];
    const all = reasonForAll(changed, config);
    const names = targetsOf(config).filter((target) => !isUnaffected(target, changed));
    return all ?? names.map(({ name }) => name);
  };
  const without = (path: string) =>
    Object.fromEntries(Object.entries(before).filter(([each]) => each !== path));

  test.each<[string, Tree, string | string[]]>([
    ["of a component", { ...before, "services/a/x.py": "2" }, ["a"]],
    ["of a component's lock", { ...before, "services/ab/uv.lock": "" }, ["ab", "services/ab"]],
    ["that removes a file", without("services/a/x.py"), ["a"]],
    ["that adds a component", { ...before, "new/pyproject.toml": "" }, ["new"]],
    ["of prose", { ...before, "README.md": "2", "docs/a.md": "2" }, []],
    ["of Terraform", { ...before, "infra/deep/er/x.tf": "" }, ["infra"]],
    ["of a shared lock", { ...before, "uv.lock": "" }, "uv.lock changed"],
    ["of a shared setting", { ...before, ".flake8": "" }, ".flake8 changed"],
    [
      "of kitchen.yaml",
      { ...before, "kitchen.yaml": "terraform: [infra]" },
      "kitchen.yaml changed",
    ],
    [
      "of the stages",
      { ...before, "kitchen.yaml": "baseline: b" },
      "settings of the stages changed",
    ],
    ["of a module", { ...before, "ci/dagger.json": "" }, "ci/dagger.json changed"],
    ["of who owns the code", { ...before, ".github/CODEOWNERS": "2" }, []],
    [
      "of a workflow",
      { ...before, ".github/workflows/ci.yml": "" },
      ".github/workflows/ci.yml changed",
    ],
  ])("%s", (_what, now, expected) => {
    expect(affected(now)).toEqual(expected);
  });

  test("is unknown when kitchen.yaml of then was wrong", () => {
    const changed = { since: "main", paths: [], before: undefined };
    expect(reasonForAll(changed, configOf(before))).toBe("its kitchen.yaml of then cannot be read");
  });

  test("never leaves out what looks at the whole repository or at the world", () => {
    const changed = since(before, before);
    const [target] = targetsOf(configOf(before)) as [Target];
    expect(isUnaffected(target, changed)).toBe(true);
    expect(isUnaffected({ ...target, daily: true }, changed)).toBe(false);
    expect(isUnaffected({ ...target, path: "." }, changed)).toBe(false);
  });
});

describe("a report of a part", () => {
  const run = (tool: string, target: string, outcome: ToolRun["outcome"]): ToolRun => ({
    ...{
      tool,
      version: "1.0",
      target,
      outcome,
      exitCode: null,
      duration: 0,
      log: "",
      findings: [],
    },
    ...(outcome === "skipped" ? { reason: "unchanged since main (1a2b3c4d5e6f)" } : {}),
  });
  const report: ReportData = {
    stage: "ci",
    scope: "limited to what 1 changed file since main (1a2b3c4d5e6f) can matter to",
    runs: [
      run("flake8", "a", "clean"),
      ...["b", "c"].flatMap((name) => [
        run("flake8", name, "skipped"),
        run("pytest", name, "skipped"),
      ]),
      run("tflint", "infra", "skipped"),
    ],
    accepted: [],
  };

  test("names what was left out, and why", () => {
    expect(textReport(report)).toMatchInlineSnapshot(`
      "ci: passed (0 findings)
        limited to what 1 changed file since main (1a2b3c4d5e6f) can matter to
        flake8  a  ok    0.0 s

      skipped, unchanged since main (1a2b3c4d5e6f): flake8, pytest on b, c
      skipped, unchanged since main (1a2b3c4d5e6f): tflint on infra"
    `);
    expect(markdownReport(report)).toMatchInlineSnapshot(`
      "## ci: passed

      \`limited to what 1 changed file since main (1a2b3c4d5e6f) can matter to\`

      | | tool | on | findings | time | |
      |---|---|---|---:|---:|---|
      | ✅ | \`flake8 1.0\` | \`a\` | 0 | 0.0 s |  |

      ⏭️ skipped, \`unchanged since main (1a2b3c4d5e6f)\`: \`flake8\`, \`pytest\` on \`b\`, \`c\`

      ⏭️ skipped, \`unchanged since main (1a2b3c4d5e6f)\`: \`tflint\` on \`infra\`
      "
    `);
  });

  test("passes only when something was looked at", () => {
    const none = { ...report, runs: report.runs.slice(1) };
    expect(textReport(none)).toMatch(/^ci: not-run /u);
  });

  test("is evidence with gaps", () => {
    const text = JSON.stringify({ verdict: "passed", ...report });
    expect(evidenceOf("ci.json", text)).toMatchObject({
      notRun: ["flake8 b", "pytest b", "flake8 c", "pytest c", "tflint infra"],
    });
  });
});
