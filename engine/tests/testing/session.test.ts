import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  type CallError,
  openSession,
  type Remote,
  type ScratchCache,
  type SessionOptions,
  scratchCache,
} from "../../src/testing/index.ts";
import { writeModule } from "../module/write-module.ts";

const index = `
import { dag, object, func, type Directory } from "@dagger.io/dagger";

export enum Size { Small = "small", VeryLarge = "very-large" }

@object()
export class Slice {
  @func()
  grams: number;
  hidden: string;
  constructor(grams: number, hidden: string) { this.grams = grams; this.hidden = hidden; }
  @func()
  half(): Slice { return new Slice(this.grams / 2, this.hidden + "/2"); }
  @func()
  label(): string { return this.hidden; }
}

@object()
export class Bakery {
  @func()
  owner: string;
  constructor(owner: string = "ann") { this.owner = owner; }

  @func()
  slices(weights: number[]): Slice[] { return weights.map((each) => new Slice(each, this.owner)); }
  @func()
  larger(size: Size): Size { return size === Size.Small ? Size.VeryLarge : size; }
  @func()
  perhaps(text?: string): string { return text ?? "nothing"; }
  @func()
  nothing(): void {}
  @func()
  async names(dir: Directory): Promise<string[]> { return dir.entries(); }
  @func()
  box(): Directory { return dag.directory().withNewFile("cake", "sweet"); }
  @func()
  async bake(what: string): Promise<string> {
    console.log("mixing " + what);
    return dag.container().from("alpine").withExec(["sh", "-c", "echo baked " + what + "; echo hot >&2"]).stdout();
  }
  @func()
  async burn(): Promise<string> {
    return dag.container().from("alpine").withExec(["sh", "-c", "echo smoke; echo fire >&2; exit 3"]).stdout();
  }
  @func()
  throws(): string { throw new Error("out of flour"); }
  /** tries three times, each time with another step */
  @func()
  async retries(): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await dag.container().from("alpine").withEnvVariable("ATTEMPT", String(attempt)).withExec(["echo", "delivered"]).stdout();
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }
  /** what a step ended with, whatever that is */
  @func()
  async ending(): Promise<string> {
    const ran = dag.container().from("alpine").withExec(["true", "ending"], { expect: "ANY" as never });
    return (await ran.exitCode()) + " " + (await ran.stdout());
  }
  /** has a time limit of its own */
  @func()
  async limited(): Promise<string> {
    return dag.container().from("alpine").withExec(["timeout", "-s", "KILL", "1", "sh", "-c", "echo in time"]).stdout();
  }
}
`;

/** The same as types, as a module's own tests import them from its sources. */
type Size = "small" | "very-large";
declare class Slice {
  grams: number;
  half(): Slice;
  label(): string;
}
declare class Bakery {
  constructor(owner?: string);
  owner: string;
  slices(weights: number[]): Slice[];
  larger(size: Size): Size;
  perhaps(text?: string): string;
  nothing(): void;
  names(dir: { id(): Promise<unknown> }): Promise<string[]>;
  box(): { id(): Promise<unknown>; file(path: string): { contents(): Promise<string> } };
  bake(what: string): Promise<string>;
  burn(): Promise<string>;
  throws(): string;
  retries(): Promise<string>;
  ending(): Promise<string>;
  limited(): Promise<string>;
}

const module = writeModuleForAll();
let cache: ScratchCache;

beforeAll(() => {
  cache = scratchCache();
});
afterAll(() => {
  cache.remove();
  rmSync(module, { recursive: true, force: true });
});

function writeModuleForAll(): string {
  return writeModule("bakery", index, {}, mkdtempSync(join(tmpdir(), "galley-bakery-")));
}

async function open(options: SessionOptions = {}) {
  const session = await openSession({ module, cache, ...options });
  onTestFinished(() => session.close());
  return session;
}

async function bakery(options: SessionOptions = {}): Promise<Remote<Bakery>> {
  return (await open(options)).module<typeof Bakery>();
}

async function failure(call: Promise<unknown>): Promise<CallError> {
  try {
    await call;
  } catch (error) {
    return error as CallError;
  }
  throw new Error("it should have failed");
}

test("functions and fields are called by their names in the source, with its values", async () => {
  const session = await open();
  const bob = await session.module<typeof Bakery>("bob");
  expect(await bob.owner()).toBe("bob");
  expect(await bob.larger("small")).toBe("very-large");
  expect([await bob.perhaps(), await bob.perhaps("this")]).toEqual(["nothing", "this"]);
  expect(await bob.nothing()).toBeUndefined();
  const [first, second] = await bob.slices([100, 30]);
  const half = await (first as Remote<Slice>).half();
  expect([await half.grams(), await second?.grams()]).toEqual([50, 30]);
  expect(await half.label()).toBe("bob/2");
});

test("the module's folder may be given relative to where the test runs", async () => {
  const session = await openSession({ module: relative(process.cwd(), module), cache });
  expect(await (await session.module<typeof Bakery>("cy")).owner()).toBe("cy");
  await session.close();
});

test("objects of the API come from the SDK's client, and are the SDK's when they are answered", async () => {
  const session = await open();
  const ann = await session.module<typeof Bakery>();
  const dag = await session.dag();
  const dir = dag.directory().withNewFile("flour", "").withNewFile("yeast", "");
  expect(await ann.names(dir)).toEqual(["flour", "yeast"]);
  expect(await (await ann.box()).file("cake").contents()).toBe("sweet");
});

test("what ran and what was found is told by name, with what it wrote", async () => {
  const own = scratchCache();
  onTestFinished(() => own.remove());
  const first = await open({ cache: own });
  expect(await (await first.module<typeof Bakery>()).bake("bread")).toBe("baked bread\n");
  const step = "withExec sh -c echo baked bread; echo hot >&2";
  expect(first.executed("step")).toEqual([step]);
  expect(first.executed("function")).toEqual(["bakery", "bakery.bake"]);
  const activities = first.activities();
  expect(activities.find(({ name }) => name === "bakery.bake")?.stdout).toBe("mixing bread\n");
  expect(activities.find(({ kind }) => kind === "step")).toEqual({
    kind: "step",
    name: step,
    outcome: "done",
    stdout: "baked bread\n",
    stderr: "hot\n",
  });
  const second = await open({ cache: own });
  expect(await (await second.module<typeof Bakery>()).bake("bread")).toBe("baked bread\n");
  expect([second.executed(), second.cached()]).toEqual([[], ["bakery", "bakery.bake"]]);
});

test("failures carry what the API says of them", async () => {
  const ann = await bakery();
  const burnt = await failure(ann.burn());
  expect(burnt).toMatchObject({
    name: "CallError",
    message: "exit code: 3",
    exitCode: 3,
    stdout: "smoke",
    stderr: "fire",
  });
  const thrown = await failure(ann.throws());
  expect([thrown.message, thrown.exitCode]).toEqual(["out of flour", undefined]);
  const more = ann.owner as (...args: string[]) => Promise<string>;
  expect(await more()).toBe("ann");
  const tooMany = ann.bake as (...args: string[]) => Promise<string>;
  await expect(tooMany("bread", "cake")).rejects.toThrow("bake takes 1 arguments, 2 were given");
  const session = await open();
  await expect(session.query("{nonsense}")).rejects.toThrow(
    'Cannot query field "nonsense" on type "Query".',
  );
});

test("a session without a module says so when one is asked for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-empty-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const session = await openSession({ workdir: folder, cache });
  expect(await session.query("{version}")).toEqual({ version: "v0.21.8" });
  await expect(session.module()).rejects.toThrow(
    `there is no dagger.json in ${folder} or in a folder above it`,
  );
  await session.close();
  await session.close();
});

test("a step that is to fail fails as real ones do, and nobody else ever sees it", async () => {
  const faults = [
    { step: "echo baked", does: "fail", exitCode: 7, stdout: "half", stderr: "no heat" },
  ] as const;
  const broken = await failure((await bakery({ faults })).bake("buns"));
  expect(broken).toMatchObject({ exitCode: 7, stdout: "half", stderr: "no heat" });
  expect(await (await bakery()).bake("buns")).toBe("baked buns\n");
  expect((await failure((await bakery({ faults })).bake("buns"))).exitCode).toBe(7);
});

test("what was made of a fault that its module puts up with is not found without it", async () => {
  const faults = [
    { step: /^true ending$/u, does: "fail", exitCode: 5, stdout: "planted" },
  ] as const;
  expect(await (await bakery({ faults })).ending()).toBe("5 planted");
  expect(await (await bakery()).ending()).toBe("0 ");
  const again = await open({ faults });
  expect(await (await again.module<typeof Bakery>()).ending()).toBe("5 planted");
  expect(again.executed("step")).toEqual([]);
});

test("one that dies, one that fails only for some time", async () => {
  const dying = await failure(
    (await bakery({ faults: [{ step: "baked", does: "die" }] })).bake("x"),
  );
  expect(dying.exitCode).toBe(137);
  const session = await open({ faults: [{ step: "delivered", does: "fail", times: 2 }] });
  expect(await (await session.module<typeof Bakery>()).retries()).toBe("delivered\n");
  const outcomes = session.activities().filter(({ kind }) => kind === "step");
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "done"]);
});

test("one that is late does what it should", async () => {
  const session = await open({ faults: [{ step: "baked", does: "wait", seconds: 0.3 }] });
  expect(await (await session.module<typeof Bakery>()).bake("late")).toBe("baked late\n");
  const [step] = session.activities().filter(({ kind }) => kind === "step");
  expect(step?.outcome).toBe("done");
});

test("one that hangs ends with the session, and leaves no process", async () => {
  const session = await open({ faults: [{ step: "baked", does: "hang" }] });
  const call = failure((await session.module<typeof Bakery>()).bake("never"));
  await expect.poll(() => session.executed("step").length, { timeout: 60_000 }).toBe(1);
  await session.close();
  expect((await call).name).toBe("CallError");
  const [step] = session.activities().filter(({ kind }) => kind === "step");
  expect(step?.outcome).toBe("cancelled");
});

test("sessions of one process are separate, and a cache folder of its own goes with its session", async () => {
  const [one, other] = await Promise.all([openSession(), openSession()]);
  const [first, second] = await Promise.all([one.dag(), other.dag()]);
  const write = (client: typeof first, text: string) =>
    client.container().withNewFile("/f", text).file("/f").contents();
  expect(await Promise.all([write(first, "one"), write(second, "other")])).toEqual([
    "one",
    "other",
  ]);
  await one.close();
  await expect(write(first, "after")).rejects.toThrow();
  expect(await write(second, "still")).toBe("still");
  await other.close();
});
