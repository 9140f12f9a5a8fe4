import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, Repository } from "./repository.ts";

const generator = fileURLToPath(
  new URL("../../examples/monorepo-50/generate.mjs", import.meta.url),
);
let repository: Repository;
let base: string;

const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: repository.path, encoding: "utf8" }).trim();

beforeAll(() => {
  repository = new Repository([]);
  execFileSync(process.execPath, [generator, repository.path, "3"]);
  git("symbolic-ref", "HEAD", "refs/heads/main");
  repository.commit();
  base = git("rev-parse", "HEAD").slice(0, 12);
  git("checkout", "--quiet", "-b", "feature/tax");
});
afterAll(() => repository.remove());

const append = (path: string, text = "\n\nROUNDED = True\n") =>
  repository.write(path, repository.read(path) + text);
const since = (ref: string, folder = ".git") =>
  repository.call("ci", "--since", ref, "--git", folder);
/** What was looked at: a row for each tool and target. */
const rows = ({ stdout }: Ran) =>
  [...stdout.matchAll(/^ {2}(\S+) +(\S.*?) +(?:ok|not run) /gmu)].map(([, ...row]) =>
    row.join(" "),
  );
const whole = ["checkov infrastructure", "secrets the rest"];
const services = [1, 2, 3].map((number) => `service-0${number}`);
const advisories = services.map((name) => `pip-audit ${name}`);
const tools = ["flake8", "black", "mypy", "bandit", "secrets", "lock", "pytest"];

test("a branch that changes one of three services, committed or not, has that one checked", async () => {
  const source = "services/service-02/src/service_02/__init__.py";
  append(source);
  const ran = await since("main");
  expect(ran.exitCode, ran.stderr).toBe(0);
  const own = tools.map((tool) => `${tool} service-02`);
  expect(rows(ran).sort()).toEqual([...own, ...whole, ...advisories].sort());
  expect(ran.stdout).toContain(`limited to what 1 changed file since main (${base}) can matter to`);
  expect(ran.stdout).toContain(
    `skipped, unchanged since main (${base}): ${tools.join(", ")} on service-01, service-03\n` +
      `skipped, unchanged since main (${base}): terraform-fmt, terraform-validate, tflint on infra\n`,
  );
  repository.commit();
  expect(rows(await since("main"))).toEqual(rows(ran));
});

test("what main did meanwhile is not the branch's", async () => {
  git("checkout", "--quiet", "main");
  repository.write("services/service-01/NOTES.md", "later\n");
  repository.commit();
  git("checkout", "--quiet", "feature/tax");
  const ran = await since("main");
  expect(rows(ran)).not.toContain("pytest service-01");
  expect(ran.stdout).toContain(`since main (${base})`);
  // main itself has that change.
  git("checkout", "--quiet", "main");
  const later = await since(git("rev-parse", "HEAD~1"));
  expect(rows(later)).toContain("pytest service-01");
  expect(rows(later)).not.toContain("pytest service-02");
  git("checkout", "--quiet", "feature/tax");
});

test("whatever may matter to everything leaves nothing out, and is named", async () => {
  const everything = (ran: Ran, why: string) => {
    expect(ran.stdout).toContain(`everything is looked at: since main (${base}) ${why}\n`);
    expect(rows(ran)).toEqual(expect.arrayContaining(services.map((name) => `pytest ${name}`)));
    expect(ran.stdout).not.toContain("skipped");
  };
  repository.write("kitchen.yaml", "stages:\n  lint:\n    timeout: 10m\n");
  everything(await since("main"), "settings of the stages changed");
  rmSync(join(repository.path, "kitchen.yaml"));
  // The module is not among what it looks at: it counts as it was committed.
  append(".dagger/README.md", "\n");
  repository.commit();
  everything(await since("main"), ".dagger/README.md changed");
});

test("what cannot be compared is refused, with what to do", async () => {
  const refusal = async (ran: Promise<Ran>) => {
    const { exitCode, stderr } = await ran;
    expect(exitCode).toBe(1);
    return /^Error: (.*)$/mu.exec(stderr)?.[1];
  };
  expect(await refusal(repository.call("ci", "--since", "main"))).toBe(
    "since: give the repository's history too: --git .git",
  );
  expect(await refusal(since("mian"))).toBe(
    'since: the repository has no "mian": give a branch, a tag, or a commit\'s full hash',
  );
  expect(await refusal(since("main", "infra"))).toMatch(
    /^git: there is no commit to compare with: git error: not a git repository/u,
  );
  const clones = mkdtempSync(join(tmpdir(), "shallow-"));
  const [shallow, hint] = [join(clones, "one"), "this is a shallow clone: bring the rest with"];
  git("clone", "--quiet", "--depth=1", `file://${repository.path}`, shallow);
  try {
    expect(await refusal(since("main", join(shallow, ".git")))).toContain(hint);
    const full = git("rev-parse", "main");
    expect(await refusal(since(full, join(shallow, ".git")))).toContain(hint);
  } finally {
    rmSync(clones, { recursive: true, force: true });
  }
});
