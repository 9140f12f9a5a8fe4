import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { changeNode, merge, without } from "../../src/tree/edit.ts";
import { glob } from "../../src/tree/glob.ts";
import { readHostTree } from "../../src/tree/host-tree.ts";
import { loadTree, saveTree } from "../../src/tree/kept-trees.ts";
import { materialise } from "../../src/tree/materialise.ts";
import { walk } from "../../src/tree/paths.ts";
import { scanFolder } from "../../src/tree/scan.ts";
import { select } from "../../src/tree/select.ts";
import { digestOfNode, emptyTree, type Node, type Tree } from "../../src/tree/tree.ts";
import { anyTree } from "./trees.ts";

const root = mkdtempSync(join(tmpdir(), "galley-tree-"));
const cache = openCacheFolder(join(root, "cache"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const fresh = () => join(root, `out-${count++}`);

test("the digest does not depend on the order in which entries were added", () => {
  fc.assert(
    fc.property(anyTree(), (tree) => {
      const turned: Tree = { ...tree, entries: new Map([...tree.entries].reverse()) };
      expect(digestOfNode(turned)).toBe(digestOfNode(tree));
    }),
  );
});

test("a link's target, whatever it is, does not pass for another entry", () => {
  const link = (target: string): Node => ({ kind: "symlink", target, mode: 0o777, uid: 0, gid: 0 });
  const folder = (entries: Record<string, Node>): Tree => ({
    ...emptyTree,
    entries: new Map(Object.entries(entries)),
  });
  const two = folder({ a: link("x"), b: link("y") });
  const line = `"b" symlink 777 0:0 `;
  const forged = [`x\n${line}y`, `x\n${line}"y"`, `x"\n${line}"y`].map((target) =>
    digestOfNode(folder({ a: link(target) })),
  );
  expect(new Set([digestOfNode(two), ...forged]).size).toBe(4);
});

test("what is kept loads as it was", () => {
  fc.assert(
    fc.property(anyTree(cache), (tree) => {
      const loaded = loadTree(cache, saveTree(cache, tree));
      expect(loaded && digestOfNode(loaded)).toBe(digestOfNode(tree));
    }),
    { numRuns: 50 },
  );
});

test("what is written to disk is scanned, and read as a host's folder, as it was", () => {
  fc.assert(
    fc.property(anyTree(cache), (tree) => {
      const folder = fresh();
      materialise(tree, folder, cache);
      const scanned = scanFolder(folder, cache);
      expect(scanned && digestOfNode(scanned)).toBe(digestOfNode(tree));
      expect(digestOfNode(readHostTree(folder, {}, cache))).toBe(digestOfNode(tree));
    }),
    { numRuns: 50 },
  );
});

test("merging: with nothing, with itself, and again, changes nothing", () => {
  fc.assert(
    fc.property(anyTree(), anyTree(), (one, other) => {
      expect(digestOfNode(merge(one, emptyTree))).toBe(digestOfNode({ ...one, ...noAttributes }));
      expect(digestOfNode(merge(one, one))).toBe(digestOfNode(one));
      const both = merge(one, other);
      expect(digestOfNode(merge(both, other))).toBe(digestOfNode(both));
    }),
  );
});

const noAttributes = { mode: 0o755, uid: 0, gid: 0 };

test("what is put at a path and taken away again leaves the tree as it was", () => {
  fc.assert(
    fc.property(anyTree(), anyTree(), (tree, added) => {
      fc.pre(!tree.entries.has("new"));
      const there = changeNode(tree, "new", () => added);
      expect(digestOfNode(without(there, ["new"]))).toBe(digestOfNode(tree));
    }),
  );
});

test("selecting everything and excluding nothing is the tree itself; the two ways to say it agree", () => {
  fc.assert(
    fc.property(anyTree(), (tree) => {
      expect(digestOfNode(select(tree, { exclude: ["/never"] }, cache))).toBe(digestOfNode(tree));
      const none = select(tree, { exclude: ["**"] }, cache);
      expect([...none.entries]).toEqual([]);
      const paths = [...walk(tree)].map(([path, { kind }]) =>
        kind === "directory" ? `${path}/` : path,
      );
      expect(glob(tree, "**")).toEqual(paths);
    }),
  );
});
