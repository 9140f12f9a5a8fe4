import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeModule } from "../module/write-module.ts";
import { scratchFolder } from "../server/open.ts";

const bin = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));

function galley(args: readonly string[], cwd: string, input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    ...{ cwd, input, encoding: "utf8" },
  });
  return { status, stdout, stderr };
}

const refused = (said: string) => ({ status: 1, stdout: "", stderr: `Error: ${said}\n` });

test.each([
  [["develop"], /^galley does not have "develop": nothing has to be generated: /u],
  [
    ["install", "github.com/acme/tools"],
    /^galley does not have "install": edit dagger\.json by hand/u,
  ],
  [["login"], /^galley does not have "login": galley sends nothing to Dagger Cloud$/u],
  [["up"], /^galley does not have "up": call the functions by their names$/u],
  [["frobnicate"], /^unknown command or file "frobnicate" for "dagger"$/u],
  [["-c", "container"], /^--command: galley does not have this; Dagger's engine does$/u],
  [["--model", "x", "call"], /^--model: galley does not have this/u],
  [["call", "-i"], /^--interactive: galley does not have this/u],
  [["call", "--web"], /^--web: galley does not have this/u],
  [["call", "-E"], /^--no-exit: galley does not have this/u],
  [["--x-release=main", "call"], /^--x-release: galley does not have this/u],
  [["call", "--lock=frozen"], /^--lock: galley does not have this/u],
  [["call", "--progress=fancy"], /^unknown progress type "fancy"$/u],
  [["call", "--progress=tty"], /^no tty available for progress "tty"$/u],
  [["call", "--no-color"], /^unknown flag: --no-color$/u],
])("%j is refused by name", (args, message) => {
  const { status, stdout, stderr } = galley(args, scratchFolder());
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr.replace(/^Error: |\n(?:Run .*\n)?$/gu, "")).toMatch(message);
});

test("core calls the API's own functions", () => {
  const folder = scratchFolder();
  const args = ["core", "directory", "with-new-file", "--path=a.txt", "--contents=hello"];
  expect(galley(["-s", ...args, "file", "--path=a.txt", "contents"], folder)).toEqual({
    ...{ status: 0, stdout: "hello", stderr: "" },
  });
  expect(galley(["-s", ...args, "-o", "out"], folder).stdout).toBe("");
  expect(readFileSync(join(folder, "out/a.txt"), "utf8")).toBe("hello");
  expect(galley(["core", "directory", "nope", "-s"], folder)).toEqual({
    ...{ status: 1, stdout: "" },
    stderr: `Error: unknown command "nope" for "dagger core directory"\nRun 'dagger core directory --help' for usage.\n`,
  });
  const { stdout } = galley(["core", "git", "--help"], folder);
  expect(stdout).toContain("dagger core git [arguments] <function>");
});

test("query takes its document and its variables from flags", () => {
  const folder = scratchFolder();
  writeFileSync(
    join(folder, "q.graphql"),
    'query one { version } query two($text: String!) { file(name: "a", contents: $text) { contents } }',
  );
  const asked = (...more: string[]) =>
    galley(["-s", "query", "--doc", "q.graphql", "two", ...more], folder);
  expect(JSON.parse(asked("--var", "text=x=y").stdout)).toEqual({ file: { contents: "x=y" } });
  const both = asked("--var", "text=no", "--var-json", '{"text":"from json"}');
  expect(JSON.parse(both.stdout)).toEqual({ file: { contents: "from json" } });
  expect(asked("--var", "text")).toEqual(refused('--var "text": expected key=value'));
  const { status, stderr } = asked("--var-json", "{");
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^Error: --var-json: /u),
  });
});

test("changes that a function answers are made to the folder, once its user has agreed", () => {
  const workdir = writeModule(
    "changer",
    `
import { dag, object, func, argument, type Changeset, type Directory } from "@dagger.io/dagger";
@object()
export class Changer {
  @func()
  tidy(@argument({ defaultPath: "/", ignore: ["*", "!*.txt"] }) dir: Directory): Changeset {
    return dir.withNewFile("new.txt", "made\\n").withoutFile("old.txt").changes(dir);
  }
  @func()
  several(@argument({ defaultPath: "/", ignore: ["*", "!*.txt"] }) dir: Directory): Changeset[] {
    return [dir.withNewFile("a.txt", "a").changes(dir), dir.withNewFile("b.txt", "b").changes(dir)];
  }
  @func()
  nothing(): Changeset { return dag.directory().changes(dag.directory()); }
}`,
    { "old.txt": "one\ntwo\n" },
  );
  expect(galley(["-s", "call", "nothing"], workdir)).toEqual({
    ...{ status: 0, stdout: "", stderr: "No changes to apply.\n" },
  });
  const summary = "added    new.txt +1 -0\nremoved  old.txt +0 -2\n";
  expect(galley(["-s", "call", "tidy"], workdir)).toEqual({
    ...{ status: 1, stdout: "" },
    stderr: `${summary}Error: changes cannot be confirmed without a terminal; pass -y/--auto-apply to apply changes without prompting\n`,
  });
  expect(existsSync(join(workdir, "new.txt"))).toBe(false);
  expect(galley(["-s", "call", "-y", "tidy"], workdir)).toEqual({
    ...{ status: 0, stdout: "", stderr: summary },
  });
  expect(readFileSync(join(workdir, "new.txt"), "utf8")).toBe("made\n");
  expect(existsSync(join(workdir, "old.txt"))).toBe(false);
  const both = galley(["-s", "call", "several", "--auto-apply"], workdir);
  expect(both.stderr).toBe("added    a.txt +1 -0\nadded    b.txt +1 -0\n");
  expect(readFileSync(join(workdir, "b.txt"), "utf8")).toBe("b");
});
