import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Registry, startRegistry } from "../../engine/src/testing/registry.ts";
import { galleyPath, type Ran, Repository } from "./repository.ts";

let repository: Repository;
let registry: Registry;
let keys: string;
let digest: string;

beforeAll(async () => {
  repository = new Repository(["services/api"]);
  keys = mkdtempSync(join(tmpdir(), "kitchen-keys-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${keys}/cleo`]);
  const key = readFileSync(`${keys}/cleo.pub`, "utf8");
  repository.write(
    ".kitchen/allowed_signers",
    `cleo@example.com namespaces="kitchen-approval" ${key}`,
  );
  repository.write(
    "kitchen.yaml",
    "repository: https://example.com/team/product\ncomponents:\n  api:\n    path: services/api\nterraform:\n  - infra\nenvironments:\n  production:\n    path: infra\nrelease:\n  evidence: [lint]\n",
  );
  repository.write("infra/main.tf", 'terraform {\n  required_version = ">= 1.11"\n}\n');
  repository.commit();
  registry = await startRegistry();
  await publish();
  // What builds the image with ssh-keygen on a machine that has not yet.
  execFileSync(process.execPath, [galleyPath, "query", "-M"], {
    input: '{container{from(address:"buildpack-deps:trixie-scm"){withExec(args:["true"]){sync}}}}',
  });
  done(await repository.call("reports", "lint", "json", "export", "--path=evidence/lint.json"));
});
afterAll(() => {
  repository.remove();
  registry.stop();
  rmSync(keys, { recursive: true, force: true });
});

async function publish(): Promise<void> {
  const save = ["json", "export", "--path=published.json"];
  done(await repository.call("build-images", "publish", ...where(), ...save));
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository.path, encoding: "utf8" }).trim();
}

function where(): string[] {
  return [`--registry=${registry.address}/team`, `--registry-service=tcp://${registry.address}`];
}

function done(ran: Ran): string {
  expect(ran.exitCode, ran.stderr).toBe(0);
  return ran.stdout;
}

/** What people read, without what differs from run to run. */
function readable(text: string): string {
  return text
    .replace(/(?:127\.0\.0\.1|registry):\d+/gu, "REGISTRY")
    .replace(/\b[0-9a-f]{63,64}/gu, "DIGEST")
    .replace(/\b(?:[0-9a-f]{40}|[0-9a-f]{12})\b/gu, "COMMIT");
}

function refused(ran: Ran): string {
  expect(ran.exitCode, ran.stdout).toBe(1);
  return readable(ran.stderr.slice(ran.stderr.lastIndexOf("Error: "))).trim();
}

function release(...args: string[]): Promise<Ran> {
  const given = ["--published=published.json", "--evidence=evidence"];
  return repository.call(
    "release",
    ...given,
    `--registry-service=tcp://${registry.address}`,
    ...args,
  );
}

function showRelease(of: string, ...args: string[]): Promise<Ran> {
  return repository.call("show-release", `--release=${of}`, ...where(), ...args);
}

test("a release binds images, Terraform and evidence, and is fetched by its digest alone", async () => {
  digest = done(await release("digest"));
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/u);
  expect(done(await release("digest"))).toBe(digest);
  const shown = done(await showRelease(digest, "summary"));
  expect(shown).toContain(digest);
  expect(readable(shown)).toMatchInlineSnapshot(`
    "release    sha256:DIGEST
    commit     COMMIT by test@localhost
    repository https://example.com/team/product
    image      REGISTRY/team/api@sha256:DIGEST
    Terraform  infra sha256:DIGEST
    evidence   lint passed sha256:DIGEST
    It lacks, and an approval has to waive each by its name:
      stand-in:api: it was built on a stand-in for docker.io/library/python:3.13-slim-trixie
    "
  `);
  done(await showRelease(digest, "json", "export", "--path=release.json"));
  const { commit } = JSON.parse(repository.read("release.json"));
  expect(git("rev-parse", "HEAD")).toBe(commit);
});

test("what cannot be a release is refused, and says why", async () => {
  const published = repository.read("published.json");
  const other = `sha256:${"0".repeat(64)}`;
  repository.write("published.json", published.replaceAll(/sha256:[0-9a-f]{64}/gu, other));
  expect(refused(await release("digest"))).toMatchInlineSnapshot(
    `"Error: REGISTRY/team/api@sha256:DIGEST: cannot be read: failed to get manifest REGISTRY/team/api@sha256:DIGEST: request failed: not found [http 404]: {"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Name":"team/api","Revision":"sha256:DIGEST"}}]}"`,
  );
  repository.write("published.json", published);
  repository.write("evidence/notes.json", '{"stage":"smokeTest"}');
  repository.write("evidence/again.json", repository.read("evidence/lint.json"));
  expect(refused(await release("digest"))).toMatchInlineSnapshot(`
    "Error: lint.json: again.json is a report of stage lint too: give one
    notes.json: no report of Kitchen (\`call reports STAGE json\` makes one): verdict: Invalid input: expected string, received undefined"
  `);
  for (const name of ["notes", "again"]) rmSync(`${repository.path}/evidence/${name}.json`);
  expect(refused(await showRelease(digest.replace(/.$/u, "x"), "digest"))).toMatchInlineSnapshot(
    `"Error: release sha256:DIGESTx: give its digest, sha256: and 64 hexadecimal digits, lower case"`,
  );
  const near = digest.replace(/.$/u, (last) => (last === "0" ? "1" : "0"));
  const unknown = await showRelease(near, "digest");
  expect(unknown.stderr).toContain(`did you mean ${digest}?`);
  expect(refused(unknown)).toMatchInlineSnapshot(
    `"Error: there is no release sha256:DIGEST in REGISTRY/team/releases: did you mean sha256:DIGEST?"`,
  );
  expect(refused(await showRelease(other, "digest"))).toMatchInlineSnapshot(
    `"Error: there is no release sha256:DIGEST in REGISTRY/team/releases: there are 1, and none is like it"`,
  );
});

test("an approval signed by the module or by hand lets exactly this release and plan through", async () => {
  const plan = `sha256:${"7".repeat(64)}`;
  const call = (name: string, ...args: string[]) =>
    repository.call(name, `--release=${digest}`, "--environment=production", ...where(), ...args);
  const cleo = ["--approver=cleo@example.com", "--expires=1h", `--plan=${plan}`];
  const key = `--key=file://${keys}/cleo`;
  expect(refused(await call("approve", ...cleo, key, "--waive=stand-in:web", "digest"))).toBe(
    "Error: the release does not lack stand-in:web: did you mean stand-in:api?",
  );
  const nowhere = await repository.call(
    "approve",
    `--release=${digest}`,
    "--environment=prodction",
    ...where(),
    ...cleo,
    key,
    "digest",
  );
  expect(refused(nowhere)).toBe(
    "Error: kitchen.yaml: no environment prodction: did you mean production?",
  );
  const waive = "--waive=stand-in:api";
  done(await call("approve", ...cleo, key, waive, "all", "export", "--path=approvals"));
  const verify = (...args: string[]) => call("verify-approval", "--approvals=approvals", ...args);
  const verified = done(await verify(`--plan=${plan}`));
  expect(verified).toMatch(/^cleo@example\.com \(key SHA256:.*, waives stand-in:api\n$/u);
  expect(refused(await verify(`--plan=sha256:${"8".repeat(64)}`))).toMatchInlineSnapshot(`
    "Error: release sha256:DIGEST may not go to production with plan sha256:DIGEST:
      production needs a good approval, and has none
      the release lacks stand-in:api (it was built on a stand-in for docker.io/library/python:3.13-slim-trixie), and that is not waived
      cleo@example.com.json: it approves plan sha256:DIGEST, and the plan is sha256:DIGEST by now: ask for an approval of that"
  `);

  const statement = ["statement", "--approver=cleo@example.com", "--expires=1h", waive];
  const save = ["export", "--path=approvals/cleo@example.com.json"];
  done(await call("approval-request", `--plan=${plan}`, ...statement, ...save));
  const file = join(repository.path, "approvals/cleo@example.com.json");
  rmSync(`${file}.sig`);
  expect(refused(await verify(`--plan=${plan}`))).toContain(".json.sig beside it");
  execFileSync(
    "ssh-keygen",
    ["-q", "-Y", "sign", "-n", "kitchen-approval", "-f", `${keys}/cleo`, file],
    { stdio: "ignore" },
  );
  expect(done(await verify(`--plan=${plan}`))).toContain("waives stand-in:api");
});

test("images of another commit are no part of a release; what comes with the next is said", async () => {
  repository.write("README.md", "changed\n");
  repository.commit();
  expect(refused(await release("digest"))).toMatchInlineSnapshot(
    `"Error: api: it was made from COMMIT, not from COMMIT"`,
  );
  await publish();
  const next = done(await release("digest"));
  const asked = [`--release=${next}`, `--current=${digest}`, `--plan=sha256:${"7".repeat(64)}`];
  const text = done(
    await repository.call(
      "approval-request",
      ...asked,
      "--environment=production",
      ...where(),
      "summary",
    ),
  );
  expect(
    readable(text.slice(text.indexOf("Against"), text.indexOf("It takes"))),
  ).toMatchInlineSnapshot(`
    "Against release sha256:DIGEST, which runs there now:
      image api: sha256:DIGEST becomes sha256:DIGEST
      Terraform infra: the same
      commits that come:
        COMMIT test (test)

    "
  `);
});
