import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const here = fileURLToPath(new URL(".", import.meta.url));
const manifests = fileURLToPath(new URL("../../examples/kubernetes", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kubernetes-"));
const python = (...args: string[]) =>
  spawnSync("python3", args, {
    cwd: manifests,
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: folder },
  });

beforeAll(() => {
  const lock = join(here, "requirements.lock");
  const options = [
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
    "--target",
    folder,
  ];
  const installed = python("-m", "pip", "install", ...options, "--requirement", lock);
  expect(installed.status, installed.stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const validate = (...files: string[]) => python(join(here, "validate.py"), ...files);
const all = readdirSync(manifests).filter((name) => !name.endsWith("-values.yaml"));

test("manifests are what Kubernetes takes, without a field that it does not know", () => {
  const { status, stdout, stderr } = validate(...all);
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual([
    "engine-access.yaml: Service dagger-engine: ok",
    "engine-access.yaml: NetworkPolicy dagger-engine: ok",
    "locust.yaml: Service locust-master: ok",
    "locust.yaml: Job locust-master: ok",
    "locust.yaml: Deployment locust-worker: ok",
    "runner.yaml: Job kitchen-ci: ok",
  ]);
  expect(status).toBe(0);
});

test("a misspelt field, and a number that is text, are found", () => {
  const text = readFileSync(join(manifests, "locust.yaml"), "utf8");
  const wrong = text
    .replace("replicas: 4", 'replicas: "4"')
    .replace("restartPolicy", "restartPolicies");
  writeFileSync(join(folder, "wrong.yaml"), wrong);
  const { status, stdout } = validate(join(folder, "wrong.yaml"));
  expect(status).toBe(1);
  expect(stdout).toMatch(/Job locust-master: .*restartPolicies/u);
  expect(stdout).toMatch(/Deployment locust-worker: spec\.replicas: '4' is not of type/u);
});

test("names, labels and ports that manifests share are the same ones", () => {
  const documents = all.flatMap((name) =>
    parseAllDocuments(readFileSync(join(manifests, name), "utf8")).map(
      (document) => document.toJS() as Record<string, never>,
    ),
  );
  const text = JSON.stringify(documents);
  const values = readFileSync(join(manifests, "engine-values.yaml"), "utf8");
  const port = /port: (\d+)/u.exec(values)?.[1];
  expect(text).toContain(`tcp://dagger-engine:${port}`);
  expect(text).toContain(`"port":${port}`);
  expect(text.match(/"dagger-runner":"true"/gu)).toHaveLength(2);
  expect(text).toContain("--master-host=locust-master");
  expect(text).toContain("--expect-workers=4");
  expect(text).toContain('"replicas":4');
});
