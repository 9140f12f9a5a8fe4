import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Registry, startRegistry } from "../../engine/tests/images/start-registry.ts";
import { type Ran, Repository } from "./repository.ts";

let repository: Repository;
let registry: Registry;
let digest: string;

beforeAll(async () => {
  repository = new Repository(["services/api"]);
  repository.write(
    "kitchen.yaml",
    "repository: https://example.com/team/product\ncomponents:\n  api:\n    path: services/api\nterraform:\n  - infra\n",
  );
  repository.write("infra/main.tf", 'terraform {\n  required_version = ">= 1.11"\n}\n');
  repository.commit();
  registry = await startRegistry();
  const to = [`--registry=${registry.address}/team`, `--registry-service=${service()}`];
  done(
    await repository.call(
      "build-images",
      "publish",
      ...to,
      "json",
      "export",
      "--path=published.json",
    ),
  );
  done(await repository.call("reports", "lint", "json", "export", "--path=evidence/lint.json"));
});
afterAll(() => {
  repository.remove();
  registry.stop();
});

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository.path, encoding: "utf8" }).trim();
}

function service(): string {
  return `tcp://${registry.address}`;
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
    .replace(/\b[0-9a-f]{40}\b/gu, "COMMIT");
}

function refused(ran: Ran): string {
  expect(ran.exitCode, ran.stdout).toBe(1);
  return readable(ran.stderr.slice(ran.stderr.lastIndexOf("Error: "))).trim();
}

function release(...args: string[]): Promise<Ran> {
  const given = ["--published=published.json", "--evidence=evidence"];
  return repository.call("release", ...given, `--registry-service=${service()}`, ...args);
}

function showRelease(of: string, ...args: string[]): Promise<Ran> {
  const where = [`--registry=${registry.address}/team`, `--registry-service=${service()}`];
  return repository.call("show-release", `--release=${of}`, ...where, ...args);
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
      typecheck: the stage was not run: there is no report of it
      securityScan: the stage was not run: there is no report of it
      unitTest: the stage was not run: there is no report of it
      integrationTest: the stage was not run: there is no report of it
      loadTest: the stage was not run: there is no report of it
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

test("images of another commit are no part of a release", async () => {
  repository.write("README.md", "changed\n");
  repository.commit();
  expect(refused(await release("digest"))).toMatchInlineSnapshot(
    `"Error: api: it was made from COMMIT, not from COMMIT"`,
  );
});
