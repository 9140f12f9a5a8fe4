import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type CacheFolder, openCacheFolder } from "../../src/cache-folder.ts";
import { readBlob } from "../../src/tree/blobs.ts";
import { exportTree } from "../../src/tree/export.ts";
import { HostIndex } from "../../src/tree/host-index.ts";
import { readHostFile, readHostTree } from "../../src/tree/host-tree.ts";
import { find } from "../../src/tree/paths.ts";
import { digestOfNode, emptyTree } from "../../src/tree/tree.ts";

let root: string;
let host: string;
let cache: CacheFolder;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "galley-host-"));
  host = join(root, "host");
  mkdirSync(join(host, "deep"), { recursive: true });
  writeFileSync(join(host, "a.txt"), "one");
  writeFileSync(join(host, "deep/b.txt"), "two");
  cache = openCacheFolder(join(root, "cache"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const contents = async (path: string, tree = readHostTree(host, {}, cache)) => {
  const node = find(tree, path)?.node;
  return node?.kind === "file" ? (await readBlob(cache, node.blob)).toString() : undefined;
};

test("later edits of the host do not show in what was read", async () => {
  const before = readHostTree(host, {}, cache);
  writeFileSync(join(host, "a.txt"), "changed");
  expect(await contents("a.txt", before)).toBe("one");
  expect(await contents("a.txt")).toBe("changed");
});

test("a change that keeps size and modification time is still seen", async () => {
  const time = new Date("2020-01-01");
  utimesSync(join(host, "a.txt"), time, time);
  await sleep(50);
  readHostTree(host, {}, cache);
  writeFileSync(join(host, "a.new"), "ONE");
  utimesSync(join(host, "a.new"), time, time);
  renameSync(join(host, "a.new"), join(host, "a.txt"));
  expect(await contents("a.txt")).toBe("ONE");
});

test("unchanged files are not read again, and a young one is not trusted", async () => {
  await sleep(50);
  readHostTree(host, {}, cache);
  const index = new HostIndex(cache, host);
  writeFileSync(join(host, "young"), "x");
  const young = lstatSync(join(host, "young"));
  vi.useFakeTimers({ toFake: ["Date"], now: Math.ceil(young.ctimeMs) + 10 });
  onTestFinished(() => void vi.useRealTimers());
  readHostTree(host, {}, cache);
  const after = new HostIndex(cache, host);
  expect(index.known("a.txt", lstatSync(join(host, "a.txt")))).toBeDefined();
  expect(after.known("young", young)).toBeUndefined();
});

test("excluded folders are not even opened", () => {
  mkdirSync(join(host, "closed"));
  writeFileSync(join(host, "closed/x"), "x");
  symlinkSync("/proc/self/mem", join(host, "link"));
  const tree = readHostTree(host, { exclude: ["closed"] }, cache);
  expect([...tree.entries.keys()].sort()).toEqual(["a.txt", "deep", "link"]);
  expect(tree.entries.get("link")).toMatchObject({ kind: "symlink", target: "/proc/self/mem" });
});

test("modes stay, owners become root's, a missing folder and a file are errors with their names", () => {
  chmodSync(join(host, "a.txt"), 0o700);
  const { node, name } = readHostFile(join(host, "a.txt"), cache);
  expect({ name, mode: node.mode, uid: node.uid }).toEqual({ name: "a.txt", mode: 0o700, uid: 0 });
  expect(() => readHostTree(join(host, "none"), {}, cache)).toThrow(
    `lstat ${join(host, "none")}: no such file or directory`,
  );
  expect(() => readHostFile(host, cache)).toThrow("path host is a directory, not a file");
});

test("a name that is no UTF-8 is named, not mangled", () => {
  writeFileSync(Buffer.concat([Buffer.from(`${host}/`), Buffer.from([0x66, 0xff])]), "x");
  expect(() => readHostTree(host, {}, cache)).toThrow(/name is not valid UTF-8 \(f.\): rename/u);
});

test("an export never follows a link that is there, and replaces files whole", () => {
  const outside = join(root, "outside");
  mkdirSync(outside);
  const target = join(root, "target");
  mkdirSync(target);
  symlinkSync(outside, join(target, "deep"));
  exportTree(readHostTree(host, {}, cache), target, cache);
  expect([...readHostTree(outside, {}, cache).entries]).toEqual([]);
  const exported = readHostTree(target, {}, cache);
  expect(digestOfNode(exported)).toBe(digestOfNode(readHostTree(host, {}, cache)));
  exportTree(emptyTree, target, cache, true);
  expect([...readHostTree(target, {}, cache).entries]).toEqual([]);
});
