import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startRegistry } from "../../src/testing/registry.ts";
import { busybox } from "../schema/busybox.ts";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const rolls = `
import { object, func } from "@dagger.io/dagger";
import { randomBytes } from "node:crypto";
const roll = () => randomBytes(6).toString("hex");
@object()
export class Rolls {
  @func()
  usual(): string { return roll(); }
  @func({ cache: "1h" })
  hour(): string { return roll(); }
  @func({ cache: "never" })
  never(): string { return roll(); }
  @func({ cache: "session" })
  session(): string { return roll(); }
}`;

/** For each function: is its answer the same in one session, and in the next one? */
async function keeps(config: object): Promise<Record<string, string>> {
  const workdir = writeModule("rolls", rolls, {
    "dagger.json": JSON.stringify({ name: "rolls", sdk: "typescript", ...config }),
  });
  const cacheRoot = await preparedCache();
  const answers: Record<string, string>[] = [];
  for (let time = 0; time < 2; time++) {
    const session = await testSession({ cacheRoot, workdir });
    await session.loadModule(".");
    for (let again = 0; again < 2; again++) {
      const { data } = await session.query({ query: "{usual hour never session}" });
      answers.push(data as Record<string, string>);
    }
  }
  const [first, second, later] = answers;
  return Object.fromEntries(
    Object.keys(first ?? {}).map((name) => {
      const inSession = first?.[name] === second?.[name];
      const always = inSession && first?.[name] === later?.[name];
      return [name, always ? "kept" : inSession ? "session" : "never"];
    }),
  );
}

test.each([
  [{ engineVersion: "v0.21.8" }, "kept"],
  [{ engineVersion: "v0.19.4" }, "kept"],
  [{ engineVersion: "latest" }, "kept"],
  [{ engineVersion: "v0.19.3" }, "session"],
  [{}, "session"],
  [{ engineVersion: "v0.21.8", disableDefaultFunctionCaching: true }, "session"],
  [{ engineVersion: "v0.12.0", disableDefaultFunctionCaching: false }, "kept"],
])("functions of a module of %j are %s unless they say else", async (config, usual) => {
  expect(await keeps(config)).toEqual({ usual, hour: usual, never: "never", session: "session" });
});

test.each([
  [{ engineVersion: "v0.30.0" }, "module requires dagger v0.30.0, but this is the API of v0.21.8"],
  [
    { toolchains: [{ name: "go", source: "github.com/dagger/go" }] },
    'toolchains: galley does not have this: call the module that it names with -m, or make it one of "dependencies"',
  ],
  [{ blueprint: { source: "../b" } }, "blueprint: galley does not have this: "],
  [{ sdk: "python" }, 'sdk is "python": galley runs modules of the "typescript" SDK only'],
  [{ dependencies: [{ name: "x" }] }, "dependencies.0.source: "],
])("a dagger.json with %j is refused", async (config, message) => {
  const workdir = writeModule("rolls", rolls, {
    "dagger.json": JSON.stringify({ name: "rolls", sdk: { source: "typescript" }, ...config }),
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await expect(session.loadModule(".")).rejects.toThrow(`dagger.json: ${message}`);
});

test("an argument of a type that galley does not have is named with the reason", async () => {
  const source = `
import { object, func, type Workspace } from "@dagger.io/dagger";
@object()
export class Newer {
  @func()
  async look(ws: Workspace): Promise<string> { return ws.path(); }
}`;
  const session = await testSession({
    cacheRoot: await preparedCache(),
    workdir: writeModule("newer", source),
  });
  await session.loadModule(".");
  expect((await session.query({ query: "{look}" })).errors?.[0]?.message).toBe(
    'argument "ws": galley does not have Workspace: it came after the modules of 0.21, which take a Directory with a defaultPath',
  );
});

test("include and exclude say what belongs to a module", async () => {
  const source = `
import { dag, object, func, type Directory } from "@dagger.io/dagger";
import { readFileSync, writeFileSync } from "node:fs";
@object()
export class Files {
  @func()
  source(): Directory { return dag.currentModule().source(); }
  @func()
  async here(): Promise<string[]> { return dag.currentModule().workdir("data", { exclude: ["*.log"] }).entries(); }
  @func()
  async note(): Promise<string> { return dag.currentModule().workdirFile("data/note.txt").contents(); }
  @func()
  async written(): Promise<string[]> {
    await dag.directory().withNewFile("made.txt", "by the API").export("out");
    writeFileSync("out/more.txt", readFileSync("out/made.txt"));
    const out = dag.currentModule().workdir("out");
    return [...await out.entries(), await out.file("more.txt").contents()];
  }
  @func()
  async above(): Promise<string[]> { return dag.currentModule().workdir("../..").entries(); }
}`;
  const workdir = writeModule("files", "", {
    "dagger.json": JSON.stringify({
      ...{ name: "files", sdk: "typescript", engineVersion: "v0.21.8", source: "ci" },
      include: ["shared", "!shared/old"],
      exclude: ["ci/secret.txt"],
    }),
    "ci/src/index.ts": source,
    "ci/data/note.txt": "noted",
    "ci/data/run.log": "",
    "ci/secret.txt": "",
    "shared/new/a.txt": "",
    "shared/old/b.txt": "",
    "elsewhere.txt": "",
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  const { data } = await session.query({ query: "{source{entries} here note written}" });
  expect(data).toEqual({
    source: { entries: ["data/", "src/"] },
    here: ["note.txt"],
    note: "noted",
    // Not in the folder of who calls, which a module does not see.
    written: ["made.txt", "more.txt", "by the API"],
  });
  expect(existsSync(join(workdir, "out"))).toBe(false);
  const { errors } = await session.query({ query: "{above}" });
  expect(errors?.[0]?.message).toBe('workdir path "../.." escapes workdir');
});

test("an argument is what its default path or address leads to", async () => {
  const { run } = await busybox();
  const registry = await startRegistry();
  const image = `${registry.address}/base:1`;
  try {
    await run(
      'withEnvVariable(name:"MADE_FROM",value:"the default")',
      `publish(address:"${image}")`,
    );
    const source = `
import { object, func, argument, type Container, type GitRef, type GitRepository } from "@dagger.io/dagger";
@object()
export class Context {
  @func()
  async from(@argument({ defaultAddress: "${image}" }) base: Container): Promise<string> { return base.envVariable("MADE_FROM"); }
  @func()
  async commit(@argument({ defaultPath: "/" }) ref: GitRef): Promise<string> { return ref.commit(); }
  @func()
  async branches(@argument({ defaultPath: "./.git" }) repository: GitRepository): Promise<string[]> { return repository.branches(); }
  @func()
  async changed(@argument({ defaultPath: "." }) repository: GitRepository): Promise<string[]> { return repository.uncommitted().modifiedPaths(); }
}`;
    const workdir = writeModule("context", source, { "note.txt": "as committed" });
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: workdir, encoding: "utf8" }).trim();
    git("checkout", "-q", "-b", "topic");
    git("add", "-A");
    git("-c", "user.name=A", "-c", "user.email=a@example.invalid", "commit", "-q", "-m", "all");
    appendFileSync(join(workdir, "note.txt"), ", and changed");
    const session = await testSession({ cacheRoot: await preparedCache(), workdir });
    await session.loadModule(".");
    const { data, errors } = await session.query({ query: "{from commit branches changed}" });
    expect(errors ?? data).toEqual({
      from: "the default",
      commit: git("rev-parse", "HEAD"),
      branches: ["topic"],
      changed: ["note.txt"],
    });
  } finally {
    registry.stop();
  }
});
