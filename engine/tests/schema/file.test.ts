import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

async function file(contents: string, field: string, name = "f"): Promise<unknown> {
  const text = JSON.stringify(contents);
  const answer = await ask(`{file(name:${JSON.stringify(name)},contents:${text}){${field}}}`);
  return typeof answer === "string" ? answer : leaf(answer);
}

const lines = "one\ntwo\nthree\nfour";

const parts: readonly (readonly [string, string])[] = [
  ["offsetLines:1", "two\nthree\nfour"],
  ["limitLines:2", "one\ntwo\n"],
  ["offsetLines:1,limitLines:1", "two\n"],
  ["offsetLines:3", "four"],
  ["offsetLines:9", ""],
  ["limitLines:0", ""],
  ["limitLines:-1", lines],
];

test.each(parts)("contents(%s)", async (args, expected) => {
  expect(await file(lines, `contents(${args})`)).toBe(expected);
});

const replaced: readonly (readonly [string, string, string])[] = [
  ["a b c", 'search:"b",replacement:"$&"', "a $& c"],
  ["a a", 'search:"a",replacement:"b",all:true', "b b"],
  ["x", 'search:"a",replacement:"b",all:true', "x"],
  ["a\na\na", 'search:"a",replacement:"b",firstFrom:2', "a\nb\na"],
  ["x", 'search:"a",replacement:"b"', "search string not found"],
  [
    "a\n a",
    'search:"a",replacement:"b"',
    "search string found multiple times: line 1 (0-1), line 2 (1-2)",
  ],
];

test.each(replaced)("%j with %s replaced", async (contents, args, expected) => {
  expect(await file(contents, `withReplaced(${args}){contents}`)).toBe(expected);
});

test("names", async () => {
  expect(await file("", 'withName(name:"g"){name}')).toBe("g");
  expect(await file("", 'withName(name:"a/g"){name}')).toBe(
    'file name "a/g" must not contain a directory',
  );
  expect(await file("", "name", "a/f")).toBe('file name "a/f" must not contain a directory');
});

test("digests leave out the name and, when asked to, the permissions", async () => {
  const session = await testSession();
  const digest = async (name: string, permissions: number, args = "") =>
    leaf(
      await ask(
        `{file(name:"${name}",contents:"x",permissions:${permissions}){digest${args}}}`,
        session,
      ),
    );
  expect(await digest("a", 0o644)).toBe(await digest("b", 0o644));
  expect(await digest("a", 0o644)).not.toBe(await digest("a", 0o755));
  const contents = "(excludeMetadata:true)";
  expect(await digest("a", 0o644, contents)).toBe(await digest("a", 0o755, contents));
});

test("exports write the file whole, with its mode, where it is told to", async () => {
  const workdir = scratchFolder();
  const session = await testSession({ workdir });
  const exported = async (args: string) => {
    const answer = await ask(
      `{file(name:"f",contents:"data",permissions:488){export(${args})}}`,
      session,
    );
    return typeof answer === "string" ? answer : leaf(answer);
  };
  expect(await exported('path:"new/g"')).toBe(join(workdir, "new/g"));
  expect(readFileSync(join(workdir, "new/g"), "utf8")).toBe("data");
  expect(statSync(join(workdir, "new/g")).mode & 0o777).toBe(0o750);
  mkdirSync(join(workdir, "folder"));
  expect(await exported('path:"folder"')).toBe(
    `failed to copy file: destination "${join(workdir, "folder")}" is a directory; must be a file path unless allowParentDirPath is set`,
  );
  expect(await exported('path:"folder",allowParentDirPath:true')).toBe(join(workdir, "folder"));
  expect(readdirSync(join(workdir, "folder"))).toEqual(["f"]);
});
