import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const scripts = fileURLToPath(new URL("../scripts/terraform", import.meta.url));

/** What a piece of Python that knows plan_json.py answers, given JSON. */
function python(code: string, given: unknown): unknown {
  const { stdout, stderr } = spawnSync(
    "python3",
    [
      "-B",
      "-c",
      `import json, sys\nfrom plan_json import *\ngiven = json.load(sys.stdin)\n${code}`,
    ],
    {
      input: JSON.stringify(given),
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: scripts },
    },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const secret = "p4ssw0rd";

const plan = {
  timestamp: "2026-11-25T10:00:00Z",
  variables: { password: { value: secret }, open: { value: "seen" } },
  resource_changes: [
    {
      address: "terraform_data.seen",
      mode: "managed",
      change: {
        before: null,
        after: {
          input: { password: secret, list: ["a", secret], name: "seen" },
          copy: secret,
          short: "abc",
        },
        before_sensitive: false,
        after_sensitive: { input: { password: true, list: [false, true] }, short: true },
      },
    },
  ],
  resource_drift: [
    {
      address: "a.b",
      mode: "managed",
      change: {
        before: { x: secret },
        after: { x: null },
        before_sensitive: { x: true },
        after_sensitive: { x: true },
      },
    },
  ],
  output_changes: {
    password: {
      before: secret,
      after: { deep: [secret] },
      before_sensitive: true,
      after_sensitive: true,
    },
  },
  planned_values: {
    outputs: { password: { sensitive: true, value: secret } },
    root_module: {
      child_modules: [
        {
          resources: [
            { address: "module.m.a.b", values: { x: secret }, sensitive_values: { x: true } },
          ],
        },
      ],
    },
  },
  prior_state: {
    values: {
      outputs: { password: { sensitive: true, value: secret } },
      root_module: {
        resources: [{ address: "a.b", values: { x: secret }, sensitive_values: { x: true } }],
      },
    },
  },
  configuration: {
    root_module: {
      variables: { password: { sensitive: true, default: secret }, open: {} },
      module_calls: { m: { module: { variables: { p: { sensitive: true, default: secret } } } } },
    },
  },
};

describe("a plan's JSON", () => {
  it("loses its sensitive values wherever they are, and keeps its names", () => {
    const found = python("print(json.dumps(without_sensitive(given)))", plan) as typeof plan;
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(found.resource_changes[0]).toMatchObject({
      address: "terraform_data.seen",
      change: {
        after: {
          input: { password: "(sensitive)", list: ["a", "(sensitive)"], name: "seen" },
          copy: "(sensitive)",
          short: "(sensitive)",
        },
      },
    });
    expect(found.variables.open.value).toBe("seen");
    expect(found.resource_drift[0]?.change.after).toEqual({ x: null });
    expect(found).not.toHaveProperty("timestamp");
  });

  it("keeps its addresses when a secret is a part of one: they decide what is protected", () => {
    const code =
      'print(json.dumps(scrubbed_plan(given, lambda text: text.replace("seen", "***"))))';
    const found = python(code, plan) as typeof plan;
    expect(found.resource_changes[0]?.address).toBe("terraform_data.seen");
    expect(found.resource_changes[0]?.change.after.input.name).toBe("***");
  });

  it("has one digest in whatever order, and another for another change, state or environment", () => {
    const code = "print(json.dumps([digest_of(about, plan) for about, plan in given]))";
    const [change] = plan.resource_changes;
    const other = { ...change, change: { ...change?.change, after: { name: "other" } } };
    const two = { ...plan, resource_changes: [change, { ...other, address: "a.c" }] };
    const swapped = { ...plan, resource_changes: [...two.resource_changes].reverse() };
    const data = { address: "data.x.y", mode: "data", change: { after: "now" } };
    const digests = python(code, [
      [{ environment: "a" }, plan],
      [{ environment: "b" }, plan],
      [{ environment: "a" }, two],
      [{ environment: "a" }, swapped],
      [{ environment: "a" }, { ...plan, resource_changes: [other] }],
      [{ environment: "a" }, { ...plan, resource_changes: [change, data] }],
    ]) as string[];
    expect(digests.map((each) => digests.indexOf(each))).toEqual([0, 1, 2, 2, 4, 0]);
  });
});

it("places: blocks of the repository's modules, whatever stands before them", () => {
  const folder = mkdtempSync(join(tmpdir(), "kitchen-places-"));
  try {
    const text =
      '# resource "a" "commented"\n\nresource "a" "b" {\n}\n  data "c" "d" {}\nmodule "m" {\n}\nvariable "v" {}\n';
    writeFileSync(join(folder, "main.tf"), text);
    const code = "from pathlib import Path\nprint(json.dumps(places(Path(given), Path(given))))";
    expect(python(code, folder)).toEqual({
      "a.b": { path: "main.tf", line: 3 },
      "data.c.d": { path: "main.tf", line: 5 },
      "module.m": { path: "main.tf", line: 6 },
      "var.v": { path: "main.tf", line: 8 },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
