import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gitModuleRef } from "../../src/module/module-ref.ts";
import { hostedAt, repository } from "../schema/repository.ts";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

test.each([
  ["github.com/acme/tools", { url: "github.com/acme/tools", folder: "" }],
  [
    "github.com/acme/tools/ci/lint@ci/lint/v1.2.0",
    { url: "github.com/acme/tools", folder: "ci/lint", version: "ci/lint/v1.2.0" },
  ],
  [
    "github.com/acme/tools.git/ci#main",
    { url: "github.com/acme/tools.git", folder: "ci", version: "main" },
  ],
  [
    "https://gitlab.com/a/b/c.git/ci@v1",
    { url: "https://gitlab.com/a/b/c.git", folder: "ci", version: "v1" },
  ],
  [
    "git@github.com:acme/tools/ci@v1",
    { url: "git@github.com:acme/tools", folder: "ci", version: "v1" },
  ],
  ["ssh://github.com/acme/tools", { url: "ssh://git@github.com/acme/tools", folder: "" }],
  ["http://127.0.0.1:8080/tools.git", { url: "http://127.0.0.1:8080/tools.git", folder: "" }],
  [
    "dev.azure.com/org/project/_git/repo/ci",
    { url: "dev.azure.com/org/project/_git/repo", folder: "ci" },
  ],
  ["./github.com/acme/tools", undefined],
  ["/srv/module.git", undefined],
  ["sub.folder", undefined],
  ["module", undefined],
])("%s as a reference", (reference, expected) => {
  expect(gitModuleRef(reference)).toEqual(expected);
});

test.each([
  ["github.com/acme/tools/../../../etc", /points out of root/u],
  ["https://example.com/acme/tools", /cannot be seen where the repository ends: write "\.git"/u],
])("%s is refused", (reference, message) => {
  expect(() => gitModuleRef(reference)).toThrow(message);
});

const moduleFiles = (folder: string, name: string, index: string, more: object = {}) => ({
  [`${folder}/dagger.json`]: JSON.stringify({
    name,
    sdk: "typescript",
    engineVersion: "v0.21.8",
    ...more,
  }),
  [`${folder}/src/index.ts`]: index,
});

const greeter = (word: string) => `
import { object, func, argument, type Directory } from "@dagger.io/dagger";
@object()
export class Greeter {
  @func()
  greet(name: string): string { return "${word} " + name; }
  @func()
  async around(@argument({ defaultPath: "/" }) dir: Directory): Promise<string[]> { return dir.glob("*/dagger.json"); }
}`;

const party = `
import { dag, object, func } from "@dagger.io/dagger";
@object()
export class Party {
  @func()
  async welcome(): Promise<string[]> { return [await dag.greeter().greet("ann"), ...await dag.greeter().around()]; }
}`;

/** A repository of two modules, the one a dependency of the other, found on GitHub. */
function hosted() {
  const made = repository();
  const first = made.commit({
    ...moduleFiles("greeter", "greeter", greeter("hello")),
    ...moduleFiles("party", "party", party, {
      dependencies: [{ name: "greeter", source: "../greeter" }],
    }),
  });
  made.git("tag", "v1.0.0");
  made.git("tag", "greeter/v2.0.0");
  const second = made.commit(moduleFiles("greeter", "greeter", greeter("good day")));
  made.git("tag", "v2.0.0");
  hostedAt({ "https://github.com/acme/tools": made.folder });
  return { ...made, first, second };
}

const caller = (dependency: object) =>
  writeModule("caller", party.replaceAll("Party", "Caller"), {
    "dagger.json": JSON.stringify({
      ...{ name: "caller", sdk: "typescript", engineVersion: "v0.21.8" },
      dependencies: [dependency],
    }),
  });

async function open(cacheRoot: string, workdir?: string) {
  const session = await testSession({ cacheRoot, ...(workdir ? { workdir } : {}) });
  const ask = async (query: string) => {
    const { data, errors } = await session.query({ query });
    return errors?.map(({ message }) => message) ?? data;
  };
  return { ...session, ask };
}

test("a module of a repository is called as it is there, with those beside it", async () => {
  const { second } = hosted();
  const session = await open(await preparedCache());
  await session.loadModule("github.com/acme/tools/party");
  expect(await session.ask("{welcome}")).toEqual({
    welcome: ["good day ann", "greeter/dagger.json", "party/dagger.json"],
  });
  expect(session.happened).toContainEqual({
    type: "notice",
    text: `module party is github.com/acme/tools at ${second}: galley runs it as a program of this machine, with your rights`,
  });
});

test("a version is the tag of the folder before that of the repository, or a branch", async () => {
  const { first } = hosted();
  const cacheRoot = await preparedCache();
  const greets = async (reference: string) => {
    const session = await open(cacheRoot);
    await session.loadModule(reference);
    return session.ask('{greet(name:"bob")}');
  };
  expect(await greets("github.com/acme/tools/greeter@v2.0.0")).toEqual({ greet: "hello bob" });
  expect(await greets("github.com/acme/tools/greeter@main")).toEqual({ greet: "good day bob" });
  expect(await greets(`github.com/acme/tools/greeter@${first}`)).toEqual({ greet: "hello bob" });
});

test("a dependency is what its reference names, or the commit beside it, which is asked for once", async () => {
  const { first } = hosted();
  const cacheRoot = await preparedCache();
  const source = "github.com/acme/tools/greeter";
  const floating = await open(cacheRoot, caller({ name: "greeter", source: `${source}@main` }));
  await floating.loadModule(".");
  expect(await floating.ask("{welcome}")).toMatchObject({
    welcome: ["good day ann", "greeter/dagger.json", "party/dagger.json"],
  });

  const workdir = caller({ name: "greeter", source: `${source}@main`, pin: first });
  const asked: string[][] = [];
  for (let time = 0; time < 2; time++) {
    const pinned = await open(cacheRoot, workdir);
    await pinned.loadModule(".");
    expect(await pinned.ask("{welcome}")).toMatchObject({
      welcome: ["hello ann", "greeter/dagger.json", "party/dagger.json"],
    });
    asked.push(pinned.started().filter((title) => title.startsWith("git")));
  }
  expect(asked).toEqual([[`git fetch https://github.com/acme/tools ${first}`], []]);
});

test.each([
  ["@v9.9.9", "matching version to tags: module version not found: v9.9.9"],
  ["/greeter@nowhere", 'repository does not contain ref "nowhere"'],
  ["/absent@v1.0.0", "there is no module in absent at FIRST"],
  ["@v1.0.0", "there is no module at FIRST"],
])("a reference that leads nowhere says why: %s", async (rest, message) => {
  const { first } = hosted();
  const session = await open(await preparedCache());
  const reference = `github.com/acme/tools${rest}`;
  await expect(session.loadModule(reference)).rejects.toThrow(
    `module ${JSON.stringify(reference)}: ${message.replace("FIRST", first)}`,
  );
});

test("a repository that cannot be had is told with what git said", async () => {
  hostedAt({ "https://github.com/acme/gone": "/nowhere/at/all" });
  const session = await open(await preparedCache());
  await expect(session.loadModule("github.com/acme/gone")).rejects.toThrow(
    /^module "github\.com\/acme\/gone": git error: exit status 128 \(.*repository exists\.\)$/su,
  );
});

test("a folder of this machine goes before a repository of the same name", async () => {
  const workdir = writeModule("outer", "", { "README.md": "" });
  mkdirSync(join(workdir, "github.com/acme/tools"), { recursive: true });
  writeModule("greeter", greeter("near"), {}, join(workdir, "github.com/acme/tools"));
  const session = await open(await preparedCache(), workdir);
  await session.loadModule("github.com/acme/tools");
  expect(await session.ask('{greet(name:"cid")}')).toEqual({ greet: "near cid" });
});
