import { expect, test } from "vitest";
import { type Search, searchTree } from "../../src/tree/search.ts";
import { emptyTree, type FileNode, type Node, type Tree } from "../../src/tree/tree.ts";

/** Lines found in these files, as `path:line:offset:text`, and what matched in them. */
async function found(files: Record<string, string>, search: Partial<Search>) {
  const contents = new Map<string, string>();
  let tree: Tree = emptyTree;
  for (const [path, text] of Object.entries(files)) {
    contents.set(path, text);
    tree = withFile(tree, path.split("/"), path);
  }
  const all: Search = {
    ...{ pattern: "", literal: false, multiline: false, dotall: false, insensitive: false },
    ...{ skipHidden: false, filesOnly: false, paths: [], globs: [] },
    limit: Number.POSITIVE_INFINITY,
    ...search,
  };
  const matches = await searchTree(tree, all, async (file) =>
    Buffer.from(contents.get(file.blob.slice("sha256:".length)) ?? ""),
  );
  return matches.map(
    ({ filePath, lineNumber, absoluteOffset, matchedLines, submatches }) =>
      `${filePath}:${lineNumber}:${absoluteOffset}:${JSON.stringify(matchedLines)} ${submatches
        .map(({ text, start, end }) => `${start}-${end} ${text}`)
        .join(", ")}`,
  );
}

function withFile(tree: Tree, [name, ...rest]: string[], path: string): Tree {
  const before = tree.entries.get(name as string);
  const file: FileNode = {
    ...{ kind: "file", mode: 0o644, uid: 0, gid: 0, size: 0 },
    blob: `sha256:${path}`,
  };
  const below: Node =
    rest.length === 0
      ? file
      : withFile(before?.kind === "directory" ? before : emptyTree, rest, path);
  return { ...tree, entries: new Map(tree.entries).set(name as string, below) };
}

test("lines, with offsets in bytes", async () => {
  expect(await found({ a: "é\nthe cat, the dog\r\n" }, { pattern: "the \\w+" })).toEqual([
    'a:2:3:"the cat, the dog\\r\\n" 0-7 the cat, 9-16 the dog',
  ]);
  expect(await found({ a: "x é y" }, { pattern: "y$" })).toEqual(['a:1:0:"x é y" 5-6 y']);
  expect(await found({ a: "a.b\naxb\n" }, { pattern: "a.b", literal: true })).toEqual([
    'a:1:0:"a.b\\n" 0-3 a.b',
  ]);
});

test("matches that span lines; those that share one are one", async () => {
  const text = "one {\n  two\n} {\n  three\n}\nfour\n";
  expect(await found({ a: text }, { pattern: "\\{[^}]*\\}", multiline: true })).toEqual([
    `a:1:0:${JSON.stringify(text.slice(0, 26))} 4-13 {\n  two\n}, 14-25 {\n  three\n}`,
  ]);
  expect(await found({ a: "a\nb\n" }, { pattern: "a.b", multiline: true })).toEqual([]);
  expect(await found({ a: "a\nb\n" }, { pattern: "a.b", multiline: true, dotall: true })).toEqual([
    'a:1:0:"a\\nb\\n" 0-3 a\nb',
  ]);
});

test("where: paths, globs, hidden files, files alone, a limit", async () => {
  const files = {
    "a.md": "x\nx\n",
    "b.txt": "x\n",
    "d/c.md": "x\n",
    "d/.h/e.md": "x\n",
    bin: "\0x",
  };
  const paths = async (search: Partial<Search>) =>
    (await found(files, { pattern: "x", filesOnly: true, ...search })).map(
      (line) => line.split(":")[0],
    );
  expect(await paths({})).toEqual(["a.md", "b.txt", "d/.h/e.md", "d/c.md"]);
  expect(await paths({ globs: ["*.md", "!d/.h"] })).toEqual(["a.md", "d/c.md"]);
  expect(await paths({ globs: ["!*.md"] })).toEqual(["b.txt"]);
  expect(await paths({ skipHidden: true, paths: ["d"] })).toEqual(["d/c.md"]);
  expect(await found(files, { pattern: "x", limit: 3 })).toHaveLength(3);
  await expect(paths({ paths: ["none"] })).rejects.toThrow(
    "ripgrep error: rg: none: No such file or directory",
  );
});

test("patterns as ripgrep writes them; a wrong one says where", async () => {
  const lines = async (pattern: string) => (await found({ a: "Ab 1\nab\n" }, { pattern })).length;
  expect(await lines("(?i)^AB")).toBe(2);
  expect(await lines("[[:digit:]]")).toBe(1);
  expect(await lines("(?P<name>b) 1")).toBe(1);
  await expect(lines("(")).rejects.toThrow(/^ripgrep error: regex parse error: .*\(/u);
});
