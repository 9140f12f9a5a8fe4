import { spawn, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { galleyPath, type Ran, Repository } from "./repository.ts";
import { forged, seal } from "./sealed-files.ts";
import { StateBackend } from "./state-backend.ts";

const backend = new StateBackend();
let repository: Repository;
const mark = `terraform-test-${process.pid}-${Date.now()}`;
const password = `planted-${mark}`;
const started = new Date();

/** A root module whose state is on the test's backend. */
const remote = (name: string, body: string) => `terraform {
  required_version = ">= 1.11"
  backend "http" {
    address        = "http://backend:${backend.address.split(":")[1]}/${name}"
    lock_address   = "http://backend:${backend.address.split(":")[1]}/${name}"
    unlock_address = "http://backend:${backend.address.split(":")[1]}/${name}"
  }
}

${body}`;

/** A resource that is made only once a gate of the backend is opened. */
const slow = (name: string, gate: string) => `resource "terraform_data" "${name}" {
  provisioner "local-exec" {
    command = "python3 -c \\"import urllib.request as u; u.urlopen('http://backend:${backend.address.split(":")[1]}${gate}')\\""
  }
}
`;

const shop = `variable "size" {
  type    = number
  default = 1
}

variable "engine" {
  type    = string
  default = "16"
}

variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "database" {
  input            = { password = var.password }
  triggers_replace = [var.engine]
}

resource "terraform_data" "web" {
  input = { size = var.size }
}

output "size" {
  value = var.size
}

output "password" {
  value     = var.password
  sensitive = true
}
`;

beforeAll(async () => {
  await backend.start();
  process.env.TF_VAR_password = password;
  process.env.PLAN_KEY = "a key of the tests, long enough";
  process.env.AWS_EC2_METADATA_DISABLED = "true";
  process.env.OTHER_KEY = "another key of the tests, as long";
  repository = new Repository([]);
  repository.write("infra/shop/main.tf", remote("shop", shop));
  repository.write("infra/other/main.tf", remote("other", shop));
  configure("");
});
afterAll(() => {
  repository.remove();
  backend.stop();
});

function configure(more: string, stages = "", lockTimeout = "1s"): void {
  const text = `terraform: [infra]
environments:
  shop:
    path: infra/shop
    lockTimeout: ${lockTimeout}
    protected: [terraform_data.database]
  other:
    path: infra/other
${more}${stages}`;
  repository.write("kitchen.yaml", text);
}

function call(name: string, environment: string, ...more: string[]): Promise<Ran> {
  const to = ["--environment", environment, "--backend", `tcp://${backend.address}`];
  return repository.call(name, ...to, ...more);
}

const secrets = ["--secrets", "env:TF_VAR_password"];
const key = ["--key", "env:PLAN_KEY"];

/** The answer of a call that has to work. */
async function answer(ran: Promise<Ran>): Promise<string> {
  const { exitCode, stdout, stderr } = await ran;
  expect(exitCode, stderr).toBe(0);
  return plain(stdout);
}

/** What a call that has to fail says. */
async function refusal(ran: Promise<Ran>): Promise<string> {
  const { exitCode, stderr, stdout } = await ran;
  expect(exitCode, `${stdout}\n${stderr}`).toBe(1);
  return plain(stderr.slice(stderr.indexOf("Error: "))).trimEnd();
}

/** What several answer that run at once. */
async function together(
  all: Readonly<Record<string, Promise<string>>>,
): Promise<Record<string, string>> {
  const answers = Object.entries(all).map(async ([name, each]) => [name, await each] as const);
  return Object.fromEntries(await Promise.all(answers));
}

/** Without what differs from run to run. */
function plain(text: string): string {
  return text
    .replace(/sha256:[0-9a-f]{64}/gu, "DIGEST")
    .replaceAll(backend.address, "BACKEND")
    .replaceAll(`backend:${backend.address.split(":")[1]}`, "BACKEND")
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gu, "UUID")
    .replace(/\d{4}-\d\d-\d\d[ T][\d:]+(?: UTC|Z)/gu, "TIME")
    .replace(/lookup \S+ on \S+: .*/gu, "LOOKUP")
    .replace(/\d+\.\d s/gu, "N s");
}

async function savedPlan(path: string, environment: string, ...more: string[]): Promise<string> {
  const ran = call(
    "terraform-plan",
    environment,
    ...key,
    ...more,
    "file",
    "export",
    "--path",
    path,
  );
  await answer(ran);
  return join(repository.path, path);
}

test("a plan says what would be done, does nothing, and is made anew each time", async () => {
  const first = await call("terraform-plan", "shop", ...secrets, "summary");
  expect(plain(first.stdout)).toMatchInlineSnapshot(`
    "plan of shop: 2 to create
      create   terraform_data.database  infra/shop/main.tf:25
      create   terraform_data.web  infra/shop/main.tf:30
      outputs that change: password, size
      digest DIGEST, Terraform 1.11.4, from serial 0 of the state
    "
  `);
  const steps = (ran: Ran) => ran.executed.filter((name) => name.includes("step.py plan"));
  expect(steps(first)).toHaveLength(1);
  const second = await call("terraform-plan", "shop", ...secrets, "summary");
  expect(steps(second)).toHaveLength(1);
  expect(second.stdout).toBe(first.stdout);
  expect([...backend.states.keys(), ...backend.locks.keys()]).toEqual([]);
  expect(first.stdout + first.stderr).not.toContain(password);
});

test("a plan is sealed in one session and applied in another, as it was, once", async () => {
  const path = await savedPlan("shop.plan", "shop", ...secrets);
  const sealed = readFileSync(path, "latin1");
  expect(sealed).not.toContain(password);
  const digest = /"digest":"(sha256:\w+)"/u.exec(sealed)?.[1] ?? "";

  const apply = ["--plan", "shop.plan", ...key, "--actor", "Ann (run 7)"];
  const ran = await call(
    "terraform-apply",
    "shop",
    ...apply,
    "--digest",
    digest,
    "evidence",
    "contents",
  );
  expect(ran.exitCode, ran.stderr).toBe(0);
  const evidence = JSON.parse(ran.stdout);
  expect(evidence.plan.digest).toBe(digest);
  // Resources that do not depend on one another end in either order.
  evidence.resources.sort((one: { address: string }, other: { address: string }) =>
    one.address.localeCompare(other.address),
  );
  expect(JSON.parse(plain(JSON.stringify(evidence)))).toMatchInlineSnapshot(`
    {
      "actor": "Ann (run 7)",
      "environment": "shop",
      "finished": "TIME",
      "notes": [],
      "outputs": [
        "password",
        "size",
      ],
      "plan": {
        "configuration": "DIGEST",
        "digest": "DIGEST",
        "saved": true,
        "state": {
          "lineage": "",
          "serial": 0,
        },
        "terraform": "1.11.4",
      },
      "resources": [
        {
          "action": "create",
          "address": "terraform_data.database",
          "outcome": "done",
          "seconds": 0,
        },
        {
          "action": "create",
          "address": "terraform_data.web",
          "outcome": "done",
          "seconds": 0,
        },
      ],
      "started": "TIME",
      "state": {
        "lineage": "UUID",
        "serial": 1,
      },
    }
  `);
  expect(await refusal(call("terraform-apply", "shop", ...apply, "summary"))).toMatchInlineSnapshot(
    `"Error: terraformApply shop: nothing was changed: the plan is stale: it was made at serial 0 of the state, which is at 1 now: plan again"`,
  );
});

test("outputs have types; sensitive ones are secrets, and in no log, answer or cache", async () => {
  const outputs = await call("terraform-apply", "shop", ...secrets, "outputs", "contents");
  expect(JSON.parse(outputs.stdout)).toEqual({
    size: { sensitive: false, type: "number", value: 1 },
    password: { sensitive: true, type: "string" },
  });
  const secret = ["secret", "--name", "password", "plaintext"];
  const given = await call("terraform-apply", "shop", ...secrets, ...secret);
  expect(given.stdout).toBe(password);
  const none = call("terraform-apply", "shop", ...secrets, "secret", "--name", "size", "plaintext");
  expect(await refusal(none)).toMatchInlineSnapshot(
    `"Error: no sensitive output size: there are password"`,
  );
  const json = await call("terraform-plan", "shop", ...secrets, "terraform-json", "contents");
  expect(JSON.parse(json.stdout).variables.password).toEqual({ value: "(sensitive)" });
  for (const { stdout, stderr } of [outputs, json]) expect(stdout + stderr).not.toContain(password);
  const cache = process.env.GALLEY_CACHE ?? join(process.env.HOME ?? "", ".cache/galley");
  const since = `@${Math.floor(started.getTime() / 1000)}`;
  const script = 'find "$1" -type f -newermt "$2" -exec grep -lF "$3" {} +';
  const within = (text: string) =>
    spawnSync("sh", ["-c", script, "sh", cache, since, text], { encoding: "utf8" }).stdout;
  expect(within(password)).toBe("");
  expect(within("terraform_data.web")).not.toBe("");
});

test("a saved plan that is not of what is here is refused, with its own words, and the state untouched", async () => {
  const before = new Map(backend.states);
  await savedPlan("more.plan", "shop", ...secrets, "--vars", "size=2");
  const sealed = readFileSync(join(repository.path, "more.plan"));
  const put = (name: string, bytes: Buffer) => writeFileSync(join(repository.path, name), bytes);
  put("damaged.plan", Buffer.concat([sealed.subarray(0, 500), sealed.subarray(501)]));
  put(
    "forged.plan",
    forged(sealed, ({ about }) => Object.assign(about, { environment: "other" })),
  );
  put("none.plan", Buffer.from("PK a plan of terraform's own"));
  const about = JSON.parse(
    /\{"about":(\{.*?\}),"salt"/u.exec(sealed.toString("latin1"))?.[1] ?? "",
  );
  const old = { ...about, terraform: "1.10.0" };
  put("old.plan", seal(old, Buffer.from("[]\nplan"), process.env.PLAN_KEY ?? ""));

  const refused = (plan: string, environment: string, ...more: string[]) =>
    refusal(call("terraform-apply", environment, "--plan", plan, ...more, "summary"));
  const all = await together({
    environment: refused("more.plan", "other", ...key),
    digest: refused("more.plan", "shop", ...key, "--digest", "sha256:00"),
    terraform: refused("old.plan", "shop", ...key),
    damaged: refused("damaged.plan", "shop", ...key),
    forged: refused("forged.plan", "other", ...key),
    none: refused("none.plan", "shop", ...key),
    otherKey: refused("more.plan", "shop", "--key", "env:OTHER_KEY"),
    noKey: refused("more.plan", "shop"),
  });
  expect(all).toMatchInlineSnapshot(`
    {
      "damaged": "Error: terraformApply shop: nothing was changed: the plan file is damaged (its checksum does not match): fetch it again",
      "digest": "Error: terraformApply shop: nothing was changed: the plan's digest is DIGEST, not sha256:00",
      "environment": "Error: terraformApply other: nothing was changed: the plan is one of shop, not of other",
      "forged": "Error: terraformApply other: nothing was changed: the plan file was changed after it was sealed: do not use it",
      "noKey": "Error: the plan file is sealed: give the key that it was sealed with (--key)",
      "none": "Error: terraformApply shop: nothing was changed: the plan file is no file that Kitchen sealed",
      "otherKey": "Error: terraformApply shop: nothing was changed: the plan file was sealed with another key than the one given",
      "terraform": "Error: terraformApply shop: nothing was changed: the plan was made by Terraform 1.10.0, and this is 1.11.4: plan again",
    }
  `);
  const changed = (text: string) => `${text}\n# another line\n`;
  await repository.spoiled("infra/shop/main.tf", changed, async () => {
    expect(await refused("more.plan", "shop", ...key)).toMatchInlineSnapshot(
      `"Error: terraformApply shop: nothing was changed: the plan was made from another configuration (DIGEST) than the one here (DIGEST): plan again, or apply it from the commit that it was made from"`,
    );
  });
  expect(backend.states).toEqual(before);
});

test("what kitchen.yaml protects is neither replaced nor destroyed", async () => {
  const before = new Map(backend.states);
  const newer = [...secrets, "--vars", "engine=17"];
  expect(
    await refusal(call("terraform-apply", "shop", ...newer, "summary")),
  ).toMatchInlineSnapshot(`
    "Error: terraformApply shop: refused: the plan would replace terraform_data.database, protected in kitchen.yaml (environments.shop.protected): nothing was changed
    plan of shop: 1 to replace
      replace  terraform_data.database  infra/shop/main.tf:25  PROTECTED: no apply may do that
                 triggers_replace.0: "16" → "17"  (this is why it is replaced)
                 id: "UUID" → (known after apply)
                 output: {"password":"(sensitive)"} → (known after apply)
      not allowed: terraform_data.database: is protected, and the plan would replace it
      digest DIGEST, Terraform 1.11.4, from serial 1 of the state"
  `);
  await savedPlan("destroy.plan", "shop", ...newer);
  const apply = call("terraform-apply", "shop", "--plan", "destroy.plan", ...key, "summary");
  expect(await refusal(apply)).toMatch(/refused: the plan would replace terraform_data.database/u);
  expect(backend.states).toEqual(before);
});

test("a policy's findings have the resource and its place, and an apply is refused", async () => {
  repository.write(
    "infra/cloud/main.tf",
    remote(
      "cloud",
      `resource "terraform_data" "machine" {
  input = {
    region        = "us-east-1"
    instance_type = "m5.24xlarge"
    tags          = { team = "data" }
  }
}

resource "terraform_data" "small" {
  input = {
    availability_zone = "eu-central-1b"
    instance_type     = "t4g.small"
    tags              = { team = "data", service = "api" }
  }
}
`,
    ),
  );
  configure(`  cloud:
    path: infra/cloud
    policy:
      instanceSizes: ["t4g.*"]
policy:
  regions: [eu-central-1]
  instanceSizes: ["*"]
  requiredTags: [team, service]
`);
  const report = await answer(
    repository.call(
      ...["reports", "terraform-plan", "--environment", "cloud"],
      ...["--backend", `tcp://${backend.address}`, "summary"],
    ),
  );
  expect(report).toMatchInlineSnapshot(`
    "terraformPlan: failed (3 findings)
      terraform  cloud  ok                 N s
      policy     cloud  found  3 findings  N s

    infra/cloud/main.tf:10:1 error terraform_data.machine: instance_type m5.24xlarge is not one of t4g.* [policy instance-size]
    infra/cloud/main.tf:10:1 error terraform_data.machine: region us-east-1 is not one of eu-central-1 [policy region]
    infra/cloud/main.tf:10:1 error terraform_data.machine: has no tags service [policy required-tags]
    "
  `);
  expect(await refusal(call("terraform-apply", "cloud", "summary"))).toMatchInlineSnapshot(`
    "Error: terraformApply cloud: refused by the policy in kitchen.yaml, nothing was changed:
      terraform_data.machine: region us-east-1 is not one of eu-central-1
      terraform_data.machine: instance_type m5.24xlarge is not one of t4g.*
      terraform_data.machine: has no tags service
    plan of cloud: 2 to create
      create   terraform_data.machine  infra/cloud/main.tf:10
      create   terraform_data.small  infra/cloud/main.tf:18
      not allowed: terraform_data.machine: region us-east-1 is not one of eu-central-1
      not allowed: terraform_data.machine: instance_type m5.24xlarge is not one of t4g.*
      not allowed: terraform_data.machine: has no tags service
      digest DIGEST, Terraform 1.11.4, from serial 0 of the state"
  `);
  expect(backend.states.has("/cloud")).toBe(false);
  configure("");
});

test("a lock that is held: who, since when, how to release it; and it is released", async () => {
  const held = {
    ...{ ID: "11111111-2222-3333-4444-555555555555", Operation: "OperationTypeApply" },
    ...{
      Who: "ci-17@runner",
      Created: "2026-11-01T12:00:00.5Z",
      Version: "1.11.4",
      Info: "",
      Path: "",
    },
  };
  backend.locks.set("/shop", JSON.stringify(held));
  expect(
    await refusal(call("terraform-plan", "shop", ...secrets, "summary")),
  ).toMatchInlineSnapshot(
    `"Error: terraformPlan shop: the state is locked by ci-17@runner since TIME for apply, and waiting 1 s did not help. When nobody is at work there any more: dagger call terraform-unlock --environment shop --lock-id UUID"`,
  );
  await answer(call("terraform-unlock", "shop", "--lock-id", held.ID));
  expect(backend.locks.size).toBe(0);
  expect(await answer(call("terraform-plan", "shop", ...secrets, "has-changes"))).toBe("false");
});

test("two applies at once: the second waits for the first, and refuses its plan that is stale now", async () => {
  repository.write("infra/pair/main.tf", remote("pair", slow("only", "/gate/pair")));
  configure("  pair:\n    path: infra/pair\n    lockTimeout: 5m\n");
  await savedPlan("one.plan", "pair");
  await savedPlan("two.plan", "pair");
  const gate = backend.gate("/gate/pair");
  const one = call("terraform-apply", "pair", "--plan", "one.plan", ...key, "summary");
  await gate.arrived;
  const waits = new Promise<void>((resolve) => {
    backend.onLock = (path, isGranted) => {
      if (path === "/pair" && !isGranted) resolve();
    };
  });
  const two = call("terraform-apply", "pair", "--plan", "two.plan", ...key, "summary");
  await waits;
  gate.open();
  expect(await answer(one)).toContain("applied to pair: 1 resource change,");
  expect(await refusal(two)).toMatchInlineSnapshot(
    `"Error: terraformApply pair: nothing was changed: the plan is stale: it was made at serial 0 of the state, which is at 1 now: plan again"`,
  );
  expect(backend.locks.size).toBe(0);
});

/** Starts an apply and kills galley, and every process of it, once a gate is reached. */
async function killedAtGate(environment: string, gate: string): Promise<void> {
  const { arrived } = backend.gate(gate);
  const to = ["--environment", environment, "--backend", `tcp://${backend.address}`];
  const args = ["call", "-s", "terraform-apply", ...to, "--actor", "ci-18", "summary"];
  const child = spawn(process.execPath, [galleyPath, ...args], {
    cwd: repository.path,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await arrived;
  child.kill("SIGKILL");
  await ended;
}

test("kill -9 in the middle of an apply: the next plan tells what is there, and what is left", async () => {
  const first = 'resource "terraform_data" "first" {}\n';
  const second = slow("second", "/gate/local").replace(
    "{",
    "{\n  depends_on = [terraform_data.first]",
  );
  const root = 'terraform {\n  backend "local" {}\n}\n';
  repository.write("infra/laptop/main.tf", `${root}${first}${second}`);
  configure(`  laptop:\n    path: infra/laptop\n    state: ${mark}\n`);
  await killedAtGate("laptop", "/gate/local");
  expect(await answer(call("terraform-plan", "laptop", "summary"))).toMatchInlineSnapshot(`
    "plan of laptop: 1 to create
      create   terraform_data.second  infra/laptop/main.tf:5
      note: an apply by ci-18 that began at TIME did not come to its end: the state has everything that it made
      digest DIGEST, Terraform 1.11.4, from serial 1 of the state
    "
  `);
  backend.gate("/gate/local").open();
  expect(await answer(call("terraform-apply", "laptop", "summary"))).toMatchInlineSnapshot(`
    "plan of laptop: 1 to create
      create   terraform_data.second  infra/laptop/main.tf:5
      note: an apply by ci-18 that began at TIME did not come to its end: the state has everything that it made
      digest DIGEST, Terraform 1.11.4, from serial 1 of the state
    applied to laptop: 1 resource change, the state is at serial 3
    "
  `);
  expect(await answer(call("terraform-plan", "laptop", "summary"))).toMatchInlineSnapshot(`
    "plan of laptop: no resource changes
      digest DIGEST, Terraform 1.11.4, from serial 3 of the state
    "
  `);
  const state = await answer(call("terraform-state", "laptop", "plaintext"));
  expect(JSON.parse(state).resources).toHaveLength(2);
});

test("kill -9 with the state elsewhere: the lock is named, and what no state has", async () => {
  const first = 'resource "terraform_data" "first" {}\n';
  const second = slow("second", "/gate/far").replace(
    "{",
    "{\n  depends_on = [terraform_data.first]",
  );
  repository.write("infra/far/main.tf", remote("far", `${first}${second}`));
  configure("  far:\n    path: infra/far\n    lockTimeout: 1s\n");
  await killedAtGate("far", "/gate/far");
  const locked = await call("terraform-plan", "far", "summary");
  expect(plain(locked.stderr)).toMatch(/the state is locked by ci-18@\S+ since TIME for apply/u);
  const id = /--lock-id (\S+)/u.exec(locked.stderr)?.[1] ?? "";
  await answer(call("terraform-unlock", "far", "--lock-id", id));
  expect(await answer(call("terraform-plan", "far", "summary"))).toMatchInlineSnapshot(`
    "plan of far: 2 to create
      create   terraform_data.first  infra/far/main.tf:10
      create   terraform_data.second  infra/far/main.tf:11
      note: an apply by ci-18 that began at TIME did not come to its end: it made what the state does not have: terraform_data.first (id UUID): import it (terraform import), or delete it, before it is made again
      digest DIGEST, Terraform 1.11.4, from serial 0 of the state
    "
  `);
});

test("a state that the backend does not take is kept, and sent by the next step", async () => {
  repository.write("infra/full/main.tf", remote("full", 'resource "terraform_data" "kept" {}\n'));
  configure("  full:\n    path: infra/full\n    lockTimeout: 1s\n");
  backend.broken.add("/full");
  expect(await refusal(call("terraform-apply", "full", "summary"))).toMatchInlineSnapshot(`
    "Error: terraformApply full: failed, and what was done stays: something cannot be reached (backend http, or what a provider asks): Failed to save state: Error saving state: Failed to upload state: POST http://BACKEND/full?ID=UUID giving up after 3 attempt(s)
      done: create terraform_data.kept
      note: the backend did not take the state: it is kept on this machine, and the next plan or apply here sends it
    plan again to see what is left; what was planned:
    plan of full: 1 to create
      create   terraform_data.kept  infra/full/main.tf:10
      digest DIGEST, Terraform 1.11.4, from serial 0 of the state"
  `);
  backend.broken.clear();
  backend.locks.clear();
  expect(await answer(call("terraform-plan", "full", "summary"))).toMatchInlineSnapshot(`
    "plan of full: no resource changes
      note: the state that an apply could not save was sent to the backend
      digest DIGEST, Terraform 1.11.4, from serial 1 of the state
    "
  `);
  const taken = JSON.parse(backend.states.get("/full") ?? "{}");
  expect(taken.resources).toHaveLength(1);

  // Nobody sends it, and somebody else applies in the meantime: the two cannot be merged.
  const another = 'resource "terraform_data" "another" {}\n';
  repository.write("infra/full/main.tf", remote("full", another));
  backend.broken.add("/full");
  await refusal(call("terraform-apply", "full", "summary"));
  backend.broken.clear();
  backend.locks.clear();
  backend.states.set("/full", JSON.stringify({ ...taken, serial: taken.serial + 9 }));
  const plan = await answer(call("terraform-plan", "full", "summary"));
  expect(plan).toContain(
    "was set aside: look whether the backend's has all of terraform_data.another",
  );
});

test("an apply that takes too long is asked to end: what was done is in the state", async () => {
  const first = 'resource "terraform_data" "first" {}\n';
  const second = slow("second", "/gate/long").replace(
    "{",
    "{\n  depends_on = [terraform_data.first]",
  );
  repository.write("infra/long/main.tf", remote("long", `${first}${second}`));
  configure("  long:\n    path: infra/long\n", "stages:\n  terraform:\n    timeout: 15s\n");
  backend.gate("/gate/long");
  expect(await refusal(call("terraform-apply", "long", "summary"))).toMatchInlineSnapshot(`
    "Error: terraformApply long: failed, and what was done stays: took longer than 15 s (stages.terraform.timeout in kitchen.yaml) and was ended
      done: create terraform_data.first
      failed: create terraform_data.second
    plan again to see what is left; what was planned:
    plan of long: 2 to create
      create   terraform_data.first  infra/long/main.tf:10
      create   terraform_data.second  infra/long/main.tf:11
      digest DIGEST, Terraform 1.11.4, from serial 0 of the state"
  `);
  expect(backend.locks.size).toBe(0);
  const { resources } = JSON.parse(backend.states.get("/long") ?? "{}");
  expect(resources.map(({ name }: { name: string }) => name)).toContain("first");
});

test("drift: passes while reality is as configured, else fails with the list and its places", async () => {
  const state = (value: string) =>
    JSON.stringify({
      ...{ version: 4, terraform_version: "1.11.4", serial: 1, lineage: "world", resources: [] },
      outputs: { vpc: { value, type: "string" } },
    });
  backend.states.set("/world", state("vpc-1"));
  const world = `data "terraform_remote_state" "world" {
  backend = "http"
  config  = { address = "http://backend:${backend.address.split(":")[1]}/world" }
}

resource "terraform_data" "subnet" {
  input = data.terraform_remote_state.world.outputs.vpc
}
`;
  repository.write("infra/drifting/main.tf", remote("drifting", world));
  configure("  drifting:\n    path: infra/drifting\n");
  await answer(call("terraform-apply", "drifting", "summary"));
  expect(await answer(call("terraform-drift", "drifting"))).toMatchInlineSnapshot(`
    "terraformDrift: passed (0 findings)
      drift  drifting  ok    N s
    "
  `);
  backend.states.set("/world", state("vpc-2"));
  expect(await refusal(call("terraform-drift", "drifting"))).toMatchInlineSnapshot(`
    "Error: terraformDrift: failed (1 finding)
      drift  drifting  found  1 finding  N s

    infra/drifting/main.tf:15:1 error terraform_data.subnet differs from the configuration: an apply would change it (input, output) [drift differs]"
  `);
});

const provided = `terraform {
  required_providers {
    thing = {
      source = "registry.example.test/acme/thing"
    }
  }
}
`;

test("providers come from a mirror where one is given", async () => {
  repository.write("infra/provided/main.tf", remote("provided", provided));
  configure("  provided:\n    path: infra/provided\n");
  const platform = `linux_${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const package_ = `mirror/registry.example.test/acme/thing/1.2.3/${platform}/terraform-provider-thing_v1.2.3`;
  repository.write(package_, "#!/bin/sh\n");
  chmodSync(join(repository.path, package_), 0o755);
  // Installed and started; it is no provider, though.
  const planned = call("terraform-plan", "provided", "--mirror", "mirror", "has-changes");
  expect(await refusal(planned)).toMatch(/failed to instantiate provider "\S+\/acme\/thing"/u);
});

test("bad input has one clear message each", async () => {
  const before = new Map(backend.states);
  const s3 = `terraform {
  backend "s3" {
    bucket       = "states"
    key          = "shop"
    region       = "eu-central-1"
    use_lockfile = true
  }
}
`;
  const gone =
    'terraform {\n  backend "http" {\n    address = "http://127.0.0.1:9/state"\n    retry_max = 0\n  }\n}\n';
  repository.write("infra/s3/main.tf", s3);
  repository.write("infra/gone/main.tf", `${gone}resource "terraform_data" "a" {}\n`);
  repository.write("infra/nameless/main.tf", 'resource "terraform_data" "a" {}\n');
  repository.write("infra/provided/main.tf", remote("provided", provided));
  repository.write("infra/broken/main.tf", 'resource "terraform_data" "a" {\n');
  const more = ["s3", "gone", "nameless", "broken", "provided"].map(
    (each) => `  ${each}:\n    path: infra/${each}\n`,
  );
  // Those of one state wait for each other.
  configure(more.join(""), "", "1m");
  const planned = (environment: string, ...args: string[]) =>
    refusal(call("terraform-plan", environment, ...args, "summary"));
  const all = await together({
    syntax: planned("broken"),
    environment: planned("shp"),
    missing: planned("shop"),
    type: planned("shop", ...secrets, "--vars", "size=many"),
    unknown: planned("shop", ...secrets, "--vars", "sise=2"),
    credentials: planned("s3", "--secrets", "env:AWS_EC2_METADATA_DISABLED"),
    unreachable: planned("gone"),
    nameless: planned("nameless"),
    provider: planned("provided"),
    secretName: planned("shop", "--secrets", "cmd:echo 1"),
    shortKey: refusal(
      call("terraform-plan", "shop", ...secrets, "--key", "cmd:echo short", "summary"),
    ),
  });
  expect(all).toMatchInlineSnapshot(`
    {
      "credentials": "Error: terraformPlan s3: the credentials are missing or not taken (backend s3, or a provider): give them as secrets, such as --secrets env:AWS_ACCESS_KEY_ID: No valid credential sources found: Please see https://developer.hashicorp.com/terraform/language/backend/s3 for more information about providing credentials. Error: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option, or "AWS_EC2_METADATA_DISABLED" environment variable",
      "environment": "Error: no environment shp: there are shop, other, s3, gone, nameless, broken, provided (did you mean shop?)",
      "missing": "Error: terraformPlan shop: infra/shop/main.tf:20: variable password has no value: give it as --vars password=…, or a secret one as --secrets env:TF_VAR_password",
      "nameless": "Error: terraformPlan nameless: the backend of nameless is local, and nothing says which state on this machine is its: set environments.nameless.state in kitchen.yaml to a name that nothing else here has, or repository to the repository's address",
      "provider": "Error: terraformPlan provided: provider registry.example.test/acme/thing cannot be had; where its registry cannot be reached, give a folder of packages as --mirror: Could not retrieve the list of available versions for provider registry.example.test/acme/thing: could not connect to registry.example.test: failed to request discovery document: Get "https://registry.example.test/.well-known/terraform.json": dial tcp: LOOKUP",
      "secretName": "Error: the secret cmd://echo 1 does not end with the name of an environment variable: give it as env:NAME, or in a file that is called NAME",
      "shortKey": "Error: terraformPlan shop: the key is shorter than 16 characters: make one with \`openssl rand -base64 32\`",
      "syntax": "Error: terraformPlan broken: infra/broken/main.tf:1: Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.",
      "type": "Error: terraformPlan shop: infra/shop/main.tf:10: variable size: a number is required, not many",
      "unknown": "Error: terraformPlan shop: there is no variable sise (did you mean size?): there are size, engine, password",
      "unreachable": "Error: terraformPlan gone: something cannot be reached (backend http, or what a provider asks): Error refreshing state: Failed to get state: GET http://127.0.0.1:9/state giving up after 1 attempt(s): Get "http://127.0.0.1:9/state": dial tcp 127.0.0.1:9: connect: connection refused",
    }
  `);
  const report = repository.call(
    ...["reports", "terraform-plan", "--environment", "broken", "sarif", "contents"],
  );
  const [{ results }] = JSON.parse((await report).stdout).runs;
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
    "infra/broken/main.tf",
  );
  expect(backend.states).toEqual(before);
});
