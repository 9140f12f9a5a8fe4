import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

/** A request for a chain of fields of `directory`, written one after the other. */
function chain(fields: readonly string[]): string {
  return `{directory{${fields.join("{")}${"}".repeat(fields.length + 1)}`;
}

const file = (path: string, contents = "x") =>
  `withNewFile(path:${JSON.stringify(path)},contents:${JSON.stringify(contents)})`;

const answers: readonly (readonly [string, readonly string[], unknown])[] = [
  [
    "a link from the top is seen from the top of what it lies in",
    [
      file("some", "data"),
      'withSymlink(target:"/some",linkName:"a/b/link")',
      'file(path:"a/b/link")',
      "contents",
    ],
    "data",
  ],
  [
    "a link is made below where a link leads",
    [
      'withNewDirectory(path:"one")',
      'withSymlink(target:"one",linkName:"two")',
      'withSymlink(target:"file",linkName:"two/link")',
      'withoutFile(path:"two")',
      file("one/file", "data"),
      'file(path:"one/link")',
      "contents",
    ],
    "data",
  ],
  [
    "a file written anew keeps its mode",
    [
      'withNewFile(path:"f",contents:"1",permissions:256)',
      file("f", "2"),
      'stat(path:"f")',
      "permissions",
    ],
    256,
  ],
  [
    "what is written to a link goes where it leads",
    [
      'withSymlink(target:"d/real",linkName:"l")',
      file("l", "data"),
      'file(path:"d/real")',
      "contents",
    ],
    "data",
  ],
  [
    "a directory that is there keeps its mode",
    [
      'withNewDirectory(path:"d",permissions:448)',
      'withNewDirectory(path:"d",permissions:511)',
      'stat(path:"d")',
      "permissions",
    ],
    448,
  ],
  [
    "a link does not take the place of another",
    ['withSymlink(target:"a",linkName:"l")', 'withSymlink(target:"b",linkName:"l")', "entries"],
    "symlink b /l: file exists",
  ],
  [
    "a sub-directory forgets what is beside it",
    [file("beside"), 'withNewDirectory(path:"sub")', 'directory(path:"sub")', file("f"), "entries"],
    ["f"],
  ],
  [
    "a missing directory has no name",
    ['directory(path:"this")', "name"],
    "stat this: no such file or directory",
  ],
  [
    "the name of a nested directory",
    ['withNewDirectory(path:"very/nested")', 'directory(path:"very/nested")', "name"],
    "nested/",
  ],
  [
    "globs see directories whose names match",
    [file("foo/bar.md/w.md"), file("foo/bar.md/x.go"), 'glob(pattern:"**/*.md")'],
    ["foo/bar.md/", "foo/bar.md/w.md"],
  ],
  [
    "globs of a sub-directory",
    [file("foo/bar/x.md"), 'directory(path:"foo")', 'glob(pattern:"**/*.md")'],
    ["bar/x.md"],
  ],
  [
    "patterns remove files",
    [file("c/a1.txt"), file("c/b1.txt"), 'withoutFile(path:"c/*a1*")', 'entries(path:"c")'],
    ["b1.txt"],
  ],
  [
    "patterns remove directories",
    [file("a1/f"), file("a2/f"), file("b/f"), 'withoutDirectory(path:"a*")', "entries"],
    ["b/"],
  ],
  ["what is missing is not missed", [file("a"), 'withoutDirectory(path:"none")', "entries"], ["a"]],
  [
    "removing within a sub-directory",
    [file("sub/a"), file("sub/b"), 'directory(path:"sub")', 'withoutFiles(paths:["a"])', "entries"],
    ["b"],
  ],
  [
    "a new directory does not leave its own",
    [
      'withNewDirectory(path:"b")',
      'directory(path:"b")',
      'withNewDirectory(path:"../c")',
      "entries",
    ],
    "cannot create directory outside parent: ../c",
  ],
  [
    "the size of a directory and the permissions of a file",
    [file("d/f", "1234"), 'stat(path:"d")', "size"],
    4096,
  ],
  [
    "the size of a link is its target's length",
    ['withSymlink(target:"éa",linkName:"l")', 'stat(path:"l",doNotFollowSymlinks:true)', "size"],
    3,
  ],
  [
    "an empty path has no status",
    [file("a"), 'stat(path:"")', "name"],
    "stat : no such file or directory",
  ],
  [
    "below a file nothing can be asked for",
    [file("f"), 'exists(path:"f/x")'],
    "lstat /f/x: not a directory",
  ],
  [
    "the top cannot be removed",
    [file("f"), 'withoutDirectory(path:".")', "entries"],
    "unlinkat /: device or resource busy",
  ],
  [
    "a name that no file system takes",
    [file(`dir/${"n".repeat(256)}`), "entries"],
    "File name length exceeds the maximum supported 255 characters",
  ],
  ["a name of 255 bytes", [file("n".repeat(255)), 'glob(pattern:"n*")'], ["n".repeat(255)]],
  [
    "looking upwards",
    [file("a/b/c/leaf"), file("a/target"), 'findUp(name:"target",start:"a/b/c")'],
    "a/target",
  ],
  [
    "looking upwards finds a link itself",
    ['withSymlink(target:"none",linkName:"t")', 'findUp(name:"t",start:".")'],
    "t",
  ],
  ["looking upwards does not look down", [file("a/b/leaf"), 'findUp(name:"leaf",start:"a")'], null],
  ["looking for nothing", [file("a"), 'findUp(name:"",start:".")'], "name cannot be empty"],
  [
    "looking outside",
    [file("a"), 'findUp(name:"a",start:"../x")'],
    "cannot search outside parent: ../x",
  ],
  [
    "looking from nowhere",
    [file("a"), 'findUp(name:"a",start:"none")'],
    "stat none: no such file or directory",
  ],
  [
    "owners by the directory's own users",
    [
      file("etc/passwd", "root:x:0:0::/:\ncook:x:1234:99::/:\n"),
      file("etc/group", "line:x:4321:\n"),
      'chown(path:"etc",owner:"cook:line")',
      "entries",
    ],
    ["etc/"],
  ],
  [
    "a user that the directory does not know",
    [file("etc/passwd", "root:x:0:0::/:\n"), 'chown(path:"etc",owner:"cook")', "entries"],
    "failed to parse ownership cook: find uid: no such user: cook",
  ],
  [
    "a group that the directory does not know",
    [file("etc/group", ""), 'chown(path:"etc",owner:"0:line")', "entries"],
    "failed to parse ownership 0:line: find gid: no such group: line",
  ],
  [
    "a user where there are none",
    [file("a"), 'chown(path:"a",owner:"cook")', "entries"],
    "failed to parse ownership cook: open /etc/passwd: no such file or directory",
  ],
];

test.each(answers)("%s", async (_what, fields, expected) => {
  const answer = await ask(chain(fields));
  expect(typeof answer === "string" ? answer : leaf(answer)).toEqual(expected);
});

const exists: readonly (readonly [string, boolean])[] = [
  ['path:"d"', true],
  ['path:"d",expectedType:DIRECTORY_TYPE', true],
  ['path:"d",expectedType:REGULAR_TYPE', false],
  ['path:"d/f",expectedType:DIRECTORY_TYPE', false],
  ['path:"to-f",expectedType:REGULAR_TYPE', true],
  ['path:"to-f",expectedType:REGULAR_TYPE,doNotFollowSymlinks:true', false],
  ['path:"to-f",expectedType:SYMLINK_TYPE', true],
  ['path:"to-d/f",expectedType:SYMLINK_TYPE', false],
  ['path:"to-d/link",expectedType:SYMLINK_TYPE', true],
  ['path:"broken"', false],
  ['path:"broken",doNotFollowSymlinks:true', true],
  ['path:""', false],
];

test.each(exists)("exists(%s) is %s", async (args, expected) => {
  const fields = [
    file("d/f"),
    'withSymlink(target:"f",linkName:"d/link")',
    'withSymlink(target:"d/f",linkName:"to-f")',
    'withSymlink(target:"d",linkName:"to-d")',
    'withSymlink(target:"none",linkName:"broken")',
    `exists(${args})`,
  ];
  expect(leaf(await ask(chain(fields)))).toBe(expected);
});

test("directories laid upon each other merge, and permissions hold for all of them", async () => {
  const session = await testSession();
  const source = leaf(await ask(chain([file("nested/f"), file("root"), "id"]), session));
  const laid = [
    file("out/before"),
    `withDirectory(path:"out",source:"${source}",permissions:${0o751})`,
  ];
  expect(leaf(await ask(chain([...laid, 'glob(pattern:"**")']), session))).toEqual([
    "out/",
    "out/before",
    "out/nested/",
    "out/nested/f",
    "out/root",
  ]);
  for (const path of ["out", "out/nested", "out/nested/f"]) {
    const fields = [...laid, `stat(path:"${path}")`, "permissions"];
    expect(leaf(await ask(chain(fields), session))).toBe(0o751);
  }
});

test("what differs is what is new or changed", async () => {
  const session = await testSession();
  const other = leaf(
    await ask(chain([file("same"), file("changed", "2"), file("new"), "id"]), session),
  );
  const fields = [
    file("same"),
    file("changed", "1"),
    file("gone"),
    `diff(other:"${other}")`,
    "entries",
  ];
  expect(leaf(await ask(chain(fields), session))).toEqual(["changed", "new"]);
});
