import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const engine = fileURLToPath(new URL("../..", import.meta.url));
const example = fileURLToPath(new URL("../../../examples/tested", import.meta.url));
const guide = readFileSync(join(engine, "../docs/testing-modules.md"), "utf8");
const block = (language: string) =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "msu").exec(guide)?.[1];

/** A package of somebody's own that has galley installed. */
let folder: string;

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(engine, "build.mjs")], { encoding: "utf8" });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  folder = mkdtempSync(join(tmpdir(), "galley-built-"));
  mkdirSync(join(folder, "node_modules/@kitchen"), { recursive: true });
  symlinkSync(engine, join(folder, "node_modules/@kitchen/galley"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the guide shows the example's test, as it is run here", () => {
  expect(block("ts")).toBe(readFileSync(join(example, "tests/word-count.test.ts"), "utf8"));
});

test("the guide's test for node:test passes on what is built", () => {
  writeFileSync(join(folder, "words.test.mjs"), block("js") ?? "");
  const env = { ...process.env, MODULE: example, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: "" };
  const ran = spawnSync(process.execPath, ["--test"], { cwd: folder, env, encoding: "utf8" });
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(/^. pass 1$/mu);
});

test("its types tell a caller what a module's functions take and answer", () => {
  const text = `
import { openSession } from "@kitchen/galley/testing";
declare class Hello { constructor(name: string); twice(n: number): Promise<number>; names: string[] }
const session = await openSession();
const hello = await session.module<typeof Hello>("x");
export const right: number = await hello.twice(2);
export const names: string[] = await hello.names();
// @ts-expect-error a text is no number
await hello.twice("2");
// @ts-expect-error the constructor takes a text
await session.module<typeof Hello>();
`;
  writeFileSync(join(folder, "typed.mts"), text);
  const compiler = join(engine, "../node_modules/typescript/bin/tsc");
  const flags = [
    "--strict",
    "--noEmit",
    "--skipLibCheck",
    "--target",
    "ES2022",
    "--module",
    "NodeNext",
  ];
  const types = ["--types", "node", "--typeRoots", join(engine, "../node_modules/@types")];
  const args = [compiler, ...flags, ...types, "--lib", "ES2023,ESNext.Disposable", "typed.mts"];
  const ran = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(ran.stdout).toBe("");
});
