import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { galleyPath } from "../end-to-end/repository.ts";
import { allJobs, daggerCalls, readWorkflows } from "./workflow.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const jobs = allJobs();
const steps = jobs.flatMap(({ workflow, name, job }) =>
  job.steps.map((step, index) => ({ where: `${workflow.file} ${name} ${index}`, step })),
);

test("nothing is permitted but what a job asks for", () => {
  for (const { file, permissions } of readWorkflows())
    expect({ file, permissions }).toEqual({ file, permissions: {} });
  for (const { workflow, name, job } of jobs) {
    expect(job.permissions, `${workflow.file} ${name}`).toBeDefined();
  }
});

test("no job runs without an end", () => {
  for (const { workflow, name, job } of jobs) {
    if (job.uses) continue;
    expect(job["timeout-minutes"], `${workflow.file} ${name}`).toBeLessThanOrEqual(360);
  }
});

test("actions are named by the hash of a commit, with their version beside it", () => {
  for (const { workflow } of jobs) {
    for (const [line] of workflow.text.matchAll(/^.*\buses:.*$/gmu)) {
      expect(line).toMatch(/uses: (?:\.\/\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/u);
    }
  }
});

test("scripts get values as variables, never as text", () => {
  for (const { where, step } of steps) expect(step.run ?? "", where).not.toContain("${{");
});

test("scripts are short: everything else is the module", () => {
  for (const { where, step } of steps) {
    expect(daggerCalls(step.run ?? "").length, where).toBeLessThanOrEqual(2);
    expect((step.run ?? "").replace(/\\\n/gu, " ").split("\n").length, where).toBeLessThanOrEqual(
      4,
    );
  }
});

test("a newer push ends checks, and never a deployment", () => {
  for (const { file, concurrency, on } of readWorkflows()) {
    if ("workflow_call" in on) continue;
    expect(concurrency?.group, file).toBeTruthy();
    if (file !== "ci.yml") expect(concurrency?.["cancel-in-progress"], file).toBe("false");
  }
});

test("checks that the rules require are names of jobs", () => {
  const rules = JSON.parse(readFileSync(`${root}/.github/rulesets/main.json`, "utf8")).rules as {
    type: string;
    parameters: { required_status_checks: { context: string }[] };
  }[];
  const required = rules.find(({ type }) => type === "required_status_checks");
  const names = jobs.flatMap(({ name, job }) => {
    const called = readWorkflows().find(({ file }) => job.uses?.endsWith(`/${file}`));
    return called
      ? Object.values(called.jobs).map((each) => `${name} / ${each.name}`)
      : [job.name ?? name];
  });
  for (const { context } of required?.parameters.required_status_checks ?? []) {
    expect(names).toContain(context);
  }
});

describe("what workflows call is there, with the flags that they give it", () => {
  const calls = steps.flatMap(({ where, step }) =>
    daggerCalls(step.run ?? "").map((command) => [where, command] as const),
  );

  test.each(calls)("%s: %s", (_where, command) => {
    expect(command).toMatch(/^dagger call /u);
    // Variables become words; --help after the last word reads all of them.
    const words = execFileSync("bash", ["-c", `set -- ${command}; printf '%s\\n' "$@"`], {
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "", ...variables(command) },
      // What a step before it would have left is not there.
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [, ...args] = words.trimEnd().split("\n");
    const { status, stderr } = spawnSync(process.execPath, [galleyPath, ...args, "--help"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stderr).not.toContain("Error");
    expect(status).toBe(0);
  });

  /** A value of the right kind for every variable of a command. */
  function variables(command: string): Record<string, string> {
    const names = [...command.matchAll(/\$\{?(\w+)/gu)].map(([, name = ""]) => name);
    const special: Record<string, string> = { MODULE: ".", PULL_REQUEST: "1" };
    return Object.fromEntries(names.map((name) => [name, special[name] ?? "x"]));
  }
});
