import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";

type Files = Readonly<Record<string, string>>;

/** The handle of a directory of these files. */
async function directory(session: Asking, files: Files): Promise<string> {
  const made = Object.entries(files).map(
    ([path, contents]) => `withNewFile(path:"${path}",contents:${JSON.stringify(contents)})`,
  );
  const chain = ["directory", ...made, "id"];
  return String(leaf(await ask(`{${chain.join("{")}${"}".repeat(chain.length)}`, session)));
}

async function between(session: Asking, before: Files, after: Files, fields: string) {
  const [from, to] = [await directory(session, before), await directory(session, after)];
  const changes = `changes(from:"${from}"){${fields}}`;
  const answer = await ask(`{loadDirectoryFromID(id:"${to}"){${changes}}}`, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

const before: Files = {
  "same.txt": "same\n",
  "old.txt": "one\ntwo\nthree\nfour\n",
  "edited.txt": "a\nb\n",
  "gone/x.txt": "x\n",
  "gone/y/z.txt": "z\n",
  kind: "a file\n",
};
const after: Files = {
  "same.txt": "same\n",
  "new.txt": "one\ntwo\nthree\nfour\n",
  "edited.txt": "a\nc\nd\n",
  "kind/inside.txt": "now a directory\n",
};

test("what is new, edited, renamed and gone, with counts of lines", async () => {
  const session = await testSession();
  expect(
    await between(session, before, after, "addedPaths modifiedPaths removedPaths isEmpty"),
  ).toEqual({
    addedPaths: ["kind/", "kind/inside.txt", "new.txt"],
    isEmpty: false,
    modifiedPaths: ["edited.txt"],
    removedPaths: ["gone/", "kind", "old.txt"],
  });
  const stats = "diffStats{path kind oldPath addedLines removedLines}";
  expect(await between(session, before, after, stats)).toMatchInlineSnapshot(`
    [
      {
        "addedLines": 2,
        "kind": "MODIFIED",
        "oldPath": null,
        "path": "edited.txt",
        "removedLines": 1,
      },
      {
        "addedLines": 0,
        "kind": "REMOVED",
        "oldPath": null,
        "path": "gone/",
        "removedLines": 0,
      },
      {
        "addedLines": 0,
        "kind": "REMOVED",
        "oldPath": null,
        "path": "gone/x.txt",
        "removedLines": 1,
      },
      {
        "addedLines": 0,
        "kind": "REMOVED",
        "oldPath": null,
        "path": "gone/y/",
        "removedLines": 0,
      },
      {
        "addedLines": 0,
        "kind": "REMOVED",
        "oldPath": null,
        "path": "gone/y/z.txt",
        "removedLines": 1,
      },
      {
        "addedLines": 0,
        "kind": "REMOVED",
        "oldPath": null,
        "path": "kind",
        "removedLines": 1,
      },
      {
        "addedLines": 0,
        "kind": "ADDED",
        "oldPath": null,
        "path": "kind/",
        "removedLines": 0,
      },
      {
        "addedLines": 1,
        "kind": "ADDED",
        "oldPath": null,
        "path": "kind/inside.txt",
        "removedLines": 0,
      },
      {
        "addedLines": 0,
        "kind": "RENAMED",
        "oldPath": "old.txt",
        "path": "new.txt",
        "removedLines": 0,
      },
    ]
  `);
});

test("changes are made to another directory, by themselves and as a patch", async () => {
  const session = await testSession();
  const target = await directory(session, { ...before, "other.txt": "stays\n" });
  const changes = await between(session, before, after, "id");
  const patch = await between(session, before, after, "asPatch{id}");
  const made = async (field: string) =>
    leaf(await ask(`{loadDirectoryFromID(id:"${target}"){${field}{glob(pattern:"**")}}}`, session));
  const expected = ["edited.txt", "kind/", "kind/inside.txt", "new.txt", "other.txt", "same.txt"];
  expect(await made(`withChanges(changes:"${changes}")`)).toEqual(expected);
  expect(await made(`withPatchFile(patch:"${patch}")`)).toEqual(expected);
  expect(await between(session, before, after, 'layer{glob(pattern:"**")}')).toEqual([
    "edited.txt",
    "kind/",
    "kind/inside.txt",
    "new.txt",
  ]);
  const undone = `withChanges(changes:"${changes}"){changes(from:"${target}"){addedPaths}}`;
  expect(leaf(await ask(`{loadDirectoryFromID(id:"${target}"){${undone}}}`, session))).toEqual([
    "kind/",
    "kind/inside.txt",
    "new.txt",
  ]);
});

test("a patch that does not fit, or leads out, changes nothing and says why", async () => {
  const session = await testSession();
  const patch = async (text: string) =>
    ask(
      `{directory{withNewFile(path:"f",contents:"one\\n"){withPatch(patch:${JSON.stringify(text)}){entries}}}}`,
      session,
    );
  const edit = (path: string, line: string) =>
    `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${line}\n+two\n`;
  expect(await patch(edit("f", "other"))).toBe(
    "failed to apply patch: error: patch failed: f:1\nerror: f: patch does not apply",
  );
  expect(await patch("--- /dev/null\n+++ b/../out\n@@ -0,0 +1 @@\n+out\n")).toBe(
    "failed to apply patch: error: invalid path '../out'",
  );
  expect(leaf(await ask(`{directory{withPatch(patch:""){entries}}}`, session))).toEqual([]);
});

test("contents that are no text, permissions and times survive a patch", async () => {
  const session = await testSession();
  const folder = scratchFolder();
  writeFileSync(join(folder, "binary"), Buffer.from([0, 1, 2, 0xff, 0xfe]));
  const with_ = leaf(await ask(`{host{directory(path:"${folder}"){id}}}`, session));
  const empty = await directory(session, {});
  const patch = `loadDirectoryFromID(id:"${with_}"){changes(from:"${empty}"){asPatch{id}}}`;
  const file = leaf(await ask(`{${patch}}`, session));
  const apply = `withNewFile(path:"run",contents:"x",permissions:448){withTimestamps(timestamp:5){withPatchFile(patch:"${file}")`;
  const target = scratchFolder();
  await ask(`{directory{${apply}{export(path:"${target}")}}}}}`, session);
  expect([...readFileSync(join(target, "binary"))]).toEqual([0, 1, 2, 0xff, 0xfe]);
  expect(leaf(await ask(`{directory{${apply}{stat(path:"run"){permissions}}}}}}`, session))).toBe(
    0o700,
  );
});

test("changes are made to a folder of the host, and to nothing else in it", async () => {
  const session = await testSession();
  const folder = scratchFolder();
  for (const [path, contents] of [
    ["old.txt", "one\n"],
    ["kind", "a file\n"],
    ["mine.txt", "mine\n"],
  ]) {
    writeFileSync(join(folder, path as string), contents as string);
  }
  expect(await between(session, before, after, `export(path:"${folder}")`)).toBe(folder);
  expect(existsSync(join(folder, "old.txt"))).toBe(false);
  expect(readFileSync(join(folder, "kind/inside.txt"), "utf8")).toBe("now a directory\n");
  expect(readFileSync(join(folder, "mine.txt"), "utf8")).toBe("mine\n");
});

test("what is not committed of a repository", async () => {
  const folder = scratchFolder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.invalid", ...args], {
      cwd: folder,
    });
  git("init", "-q");
  writeFileSync(join(folder, "a.txt"), "1\n");
  writeFileSync(join(folder, "staged.txt"), "1\n");
  writeFileSync(join(folder, ".gitignore"), "ignored.txt\n");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  writeFileSync(join(folder, "a.txt"), "2\n");
  writeFileSync(join(folder, "staged.txt"), "2\n");
  git("add", "staged.txt");
  for (const name of ["new.txt", "ignored.txt"]) writeFileSync(join(folder, name), "");
  const session = await testSession();
  const paths = "addedPaths modifiedPaths removedPaths";
  const fields = `host{directory(path:"${folder}"){asGit{uncommitted{${paths}}}}}`;
  expect(leaf(await ask(`{${fields}}`, session))).toEqual({
    addedPaths: ["new.txt"],
    modifiedPaths: ["a.txt", "staged.txt"],
    removedPaths: [],
  });
});

test("changesets become one; where both change a file, lines decide, or who is preferred", async () => {
  const session = await testSession();
  const base = { "list.txt": "1\n2\n3\n4\n5\n", "keep.txt": "k\n", "dull.txt": "d\n" };
  const from = await directory(session, base);
  const changes = async (files: Files) => {
    const to = await directory(session, files);
    const asked = `{loadDirectoryFromID(id:"${to}"){changes(from:"${from}"){id}}}`;
    return String(leaf(await ask(asked, session)));
  };
  const merged = async (one: Files, others: Files[], fields: string, onConflict = "") => {
    const ids = await Promise.all(others.map(changes));
    const [field, given] =
      ids.length === 1 ? ["withChangeset", `"${ids[0]}"`] : ["withChangesets", JSON.stringify(ids)];
    const more = onConflict && `,onConflict:${onConflict}`;
    const call = `${field}(changes:${given}${more}){${fields}}`;
    const answer = await ask(`{loadChangesetFromID(id:"${await changes(one)}"){${call}}}`, session);
    return typeof answer === "string" ? answer : leaf(answer);
  };
  const { "dull.txt": _dull, ...rest } = base;
  const first = { ...base, "list.txt": "one\n2\n3\n4\n5\n", "new/a.txt": "a\n" };
  const last = { ...rest, "list.txt": "1\n2\n3\n4\nfive\n", "new/b.txt": "b\n" };
  const contents = 'after{file(path:"list.txt"){contents}}';
  const paths = "addedPaths modifiedPaths removedPaths";
  expect(await merged(first, [last], paths)).toEqual({
    addedPaths: ["new/", "new/a.txt", "new/b.txt"],
    modifiedPaths: ["list.txt"],
    removedPaths: ["dull.txt"],
  });
  expect(await merged(first, [last], contents)).toBe("one\n2\n3\n4\nfive\n");
  expect(await merged(first, [last], "id", "FAIL_EARLY")).toBe(
    'conflict between changesets at path "list.txt": path modified in both changesets',
  );
  expect(await merged(first, [last, { ...base, "keep.txt": "K\n" }], "modifiedPaths")).toEqual([
    "keep.txt",
    "list.txt",
  ]);
  const same = { ...base, "list.txt": "ONE\n2\n3\n4\n5\n" };
  const without = { "keep.txt": "k\n", "dull.txt": "d\n" };
  const conflict = 'conflict between changesets at path "list.txt": path modified in';
  expect(await merged(first, [same], "id")).toBe(`${conflict} both changesets`);
  expect(await merged(first, [same], contents, "PREFER_OURS")).toBe("one\n2\n3\n4\n5\n");
  expect(await merged(first, [same], contents, "PREFER_THEIRS")).toBe("ONE\n2\n3\n4\n5\n");
  expect(await merged(first, [same], contents, "LEAVE_CONFLICT_MARKERS")).toBe(
    "<<<<<<< ours\none\n=======\nONE\n>>>>>>> theirs\n2\n3\n4\n5\n",
  );
  expect(await merged(first, [without], "id")).toBe(
    `${conflict} one changeset and removed in the other`,
  );
  expect(await merged(first, [without], "removedPaths", "PREFER_THEIRS")).toEqual(["list.txt"]);
  expect(await merged(first, [without], contents, "LEAVE_CONFLICT_MARKERS")).toMatch(/^one\n/u);
});
