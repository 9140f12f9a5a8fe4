import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ApiError } from "../../src/tree/api-error.ts";
import { leaf } from "../schema/ask.ts";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const bakery = `
import { dag, object, func, type Directory } from "@dagger.io/dagger";

export enum Crust { Thin = "thin", VeryThick = "very-thick" }

@object()
export class Loaf {
  @func()
  name: string;
  constructor(name: string) { this.name = name; }
  @func()
  shout(): string { return this.name.toUpperCase(); }
}

@object()
export class Bakery {
  town: string;
  constructor(town: string = "here") { this.town = town; }
  @func()
  bake(name: string, times: number = 1): Loaf { return new Loaf((name + " ").repeat(times) + this.town); }
  @func()
  all(): Loaf[] { return [new Loaf("a"), new Loaf("b")]; }
  @func()
  crust(crust: Crust): Crust { return crust; }
  @func()
  shelf(): Directory { return dag.directory().withNewFile("loaf.txt", "fresh"); }
  @func()
  async count(dir: Directory): Promise<number> { return (await dir.entries()).length; }
  @func()
  burn(): string { throw new Error("burnt on purpose"); }
}
`;

const cafe = `
import { dag, object, func, BakeryCrust, type BakeryLoaf, type Directory } from "@dagger.io/dagger";

@object()
export class Cafe {
  @func()
  async breakfast(): Promise<string[]> {
    const bakery = dag.bakery({ town: "there" });
    const names: string[] = [];
    for (const loaf of await dag.bakery().all()) names.push(await loaf.name());
    return [
      await bakery.bake("rye", { times: 2 }).name(),
      await dag.bakery().bake("oat").shout(),
      await bakery.crust(BakeryCrust.VeryThick),
      String(await bakery.count(dag.directory().withNewFile("a", "1"))),
      ...names,
    ];
  }
  @func()
  shelf() { return dag.bakery().shelf(); }
  @func()
  async loaf(): Promise<string> { const loaf: BakeryLoaf = dag.bakery().bake("best"); return loaf.shout(); }
  @func()
  burn(): Promise<string> { return dag.bakery().burn(); }
}
`;

function writeBoth(): string {
  const dependencies = [{ name: "bakery", source: "deps/bakery" }];
  return writeModule("cafe", cafe, {
    "dagger.json": JSON.stringify({ name: "cafe", sdk: "typescript", dependencies }),
    "deps/bakery/dagger.json": JSON.stringify({ name: "bakery", sdk: "typescript" }),
    "deps/bakery/src/index.ts": bakery,
  });
}

test("a module calls the modules that it depends on by name", async () => {
  const session = await testSession({ cacheRoot: await preparedCache(), workdir: writeBoth() });
  await session.loadModule(".");
  const ask = async (query: string) => {
    const { data, errors } = await session.query({ query });
    return errors ?? data;
  };
  expect(await ask("{breakfast shelf{entries} loaf}")).toEqual({
    breakfast: ["rye rye there", "OAT HERE", "VERY_THICK", "1", "a", "b"],
    loaf: "BEST HERE",
    shelf: { entries: ["loaf.txt"] },
  });
  expect(await ask('{bakery(town:"x"){bake(name:"y"){name}}}')).toEqual({
    bakery: { bake: { name: "y x" } },
  });
  expect(await ask("{burn}")).toEqual([{ message: "burnt on purpose", path: ["burn"] }]);
});

test("a dependency is called by its name, from anywhere in a module, of an SDK or of none", async () => {
  const dependencies = [{ name: "oven", source: "deps/bakery" }];
  const workdir = writeModule("street", "", {
    "dagger.json": JSON.stringify({ name: "street", dependencies }),
    "deps/bakery/dagger.json": JSON.stringify({ name: "bakery", sdk: "typescript" }),
    "deps/bakery/src/index.ts": bakery,
  });
  const load = async (name: string, folder: string) => {
    const session = await testSession({ cacheRoot: await preparedCache(), workdir: folder });
    return (await session.loadModule(name))?.config.name;
  };
  expect(await load("oven", join(workdir, "src"))).toBe("bakery");
  await expect(load("bakery", workdir)).rejects.toThrow('local path "bakery" does not exist');
  // A folder goes first.
  mkdirSync(join(workdir, "oven"));
  writeFileSync(join(workdir, "oven/dagger.json"), JSON.stringify({ name: "other" }));
  await expect(load("oven", workdir)).rejects.toThrow("oven/dagger.json: sdk is null");
});

test("a change of a dependency is one of its dependents", async () => {
  const cacheRoot = await preparedCache();
  const workdir = writeBoth();
  const load = async () => {
    const session = await testSession({ cacheRoot, workdir });
    await session.loadModule(".");
    return session.started();
  };
  expect(await load()).toEqual(["load module bakery", "load module cafe"]);
  expect(await load()).toEqual([]);
  appendFileSync(join(workdir, "deps/bakery/src/index.ts"), "// changed\n");
  expect(await load()).toEqual(["load module bakery", "load module cafe"]);
});

test.each([
  [
    "that is nowhere",
    { name: "far", source: "deps/nowhere" },
    'module cafe: dependency "far" is at "deps/nowhere", where no dagger.json is',
  ],
  [
    "outside of the repository",
    { name: "out", source: "../.." },
    /^module cafe: dependency "out": "\.\.\/\.\." leaves the repository .*: name a git repository instead$/u,
  ],
  [
    "a circle",
    { name: "me", source: "." },
    'module cafe: dependency "me" depends on the module itself',
  ],
])("a dependency %s is refused", async (_name, dependency, message) => {
  const workdir = writeModule("cafe", cafe, {
    "dagger.json": JSON.stringify({ name: "cafe", sdk: "typescript", dependencies: [dependency] }),
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await expect(session.loadModule(".")).rejects.toThrow(
    typeof message === "string" ? new ApiError(message) : message,
  );
});

const external = 'external type from dependency module "bakery"';
test.each([
  [
    "loaves(): Promise<BakeryLoaf[]> { return dag.bakery().all(); }",
    'function "loaves" cannot return',
  ],
  ["cut(crust: BakeryCrust): void {}", 'function "cut" arg "crust" cannot reference'],
  ["last?: BakeryLoaf", 'field "last" cannot reference'],
])("an object shows no types of a dependency, as on Dagger: %s", async (member, words) => {
  const imports = "dag, object, func, type BakeryCrust, type BakeryLoaf";
  const index = `import { ${imports} } from "@dagger.io/dagger";\n@object()\nexport class Cafe { @func() ${member} }`;
  const root = writeBoth();
  writeFileSync(join(root, "src/index.ts"), index);
  const session = await testSession({ cacheRoot: await preparedCache(), workdir: root });
  await expect(session.loadModule(".")).rejects.toThrow(
    new ApiError(`module cafe: object "Cafe" ${words} ${external}`),
  );
});

test("a step that fails in a dependency is an ExecError for who catches it, and one for who asked", async () => {
  const kiln = `
import { object, func, type Directory } from "@dagger.io/dagger";
import { dag } from "@dagger.io/dagger";
@object()
export class Kiln {
  @func()
  async fire(bin: Directory): Promise<string> {
    return dag.container().withDirectory("/bin", bin).withExec(["/bin/busybox", "sh", "-c", "echo hot; echo cracked >&2; exit 7"]).stdout();
  }
  @func()
  smash(): string { throw new Error("smashed"); }
}`;
  const pottery = `
import { dag, object, func, type Directory } from "@dagger.io/dagger";
interface ExecError extends Error { cmd: string[]; exitCode: number; stdout: string; stderr: string }
const isStep = (error: unknown): error is ExecError => (error as Error).name === "ExecError";
@object()
export class Pottery {
  @func()
  async careful(bin: Directory): Promise<string> {
    try {
      return await dag.kiln().fire(bin);
    } catch (error) {
      if (!isStep(error)) throw error;
      const { cmd, exitCode, stdout, stderr, message } = error;
      return JSON.stringify({ cmd: cmd.length, exitCode, stdout, stderr, message });
    }
  }
  @func()
  async careless(bin: Directory): Promise<string> { return dag.kiln().fire(bin); }
  @func()
  async clumsy(): Promise<string> {
    return dag.kiln().smash().catch((error: Error) => (isStep(error) ? "a step" : error.message));
  }
}`;
  const workdir = writeModule("pottery", pottery, {
    "dagger.json": JSON.stringify({
      ...{ name: "pottery", sdk: "typescript", engineVersion: "v0.21.8" },
      dependencies: [{ name: "kiln", source: "kiln" }],
    }),
    "kiln/dagger.json": JSON.stringify({
      name: "kiln",
      sdk: "typescript",
      engineVersion: "v0.21.8",
    }),
    "kiln/src/index.ts": kiln,
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  const files = '{host{directory(path:"/bin",include:["busybox"]){id}}}';
  const bin = leaf((await session.query({ query: files })).data);
  const { data } = await session.query({ query: `{careful(bin:"${bin}") clumsy}` });
  expect({ ...data, careful: JSON.parse(String(data?.careful)) }).toEqual({
    careful: { cmd: 4, exitCode: 7, stdout: "hot", stderr: "cracked", message: "exit code: 7" },
    clumsy: "smashed",
  });
  const { errors } = await session.query({ query: `{careless(bin:"${bin}")}` });
  expect(errors).toEqual([
    {
      message: "exit code: 7",
      path: ["careless"],
      extensions: {
        ...{ _type: "EXEC_ERROR", exitCode: 7, stdout: "hot", stderr: "cracked" },
        cmd: ["/bin/busybox", "sh", "-c", "echo hot; echo cracked >&2; exit 7"],
      },
    },
  ]);
});
