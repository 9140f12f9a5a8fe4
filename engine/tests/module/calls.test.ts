import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const calls = `
import { dag, object, func, argument, type Directory, type Secret } from "@dagger.io/dagger";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";

const roll = () => randomBytes(6).toString("hex");

export enum Mood { Glad = "glad", VerySad = "very-sad" }

@object()
export class Part {
  @func()
  size: number;
  hidden = "h";
  constructor(size: number) { this.size = size; }
  @func()
  grow(by: number = 1): Part { const part = new Part(this.size + by); part.hidden = this.hidden + by; return part; }
  @func()
  trail(): string { return this.hidden; }
}

@object()
export class Calls {
  @func()
  owner: string;
  constructor(owner: string = "ann") { this.owner = owner; }

  @func()
  who(): string { return "owned by " + this.owner; }
  @func()
  part(): Part { return new Part(1); }
  @func()
  shared(by: number): Part { return new Part(1 / by); }
  @func()
  sizes(by: number): number[] { return [by, 1 / by]; }
  @func()
  mood(mood: Mood, moods: Mood[] = []): Mood { return moods.at(-1) ?? (mood === "very-sad" ? Mood.Glad : Mood.VerySad); }
  @func()
  given(text?: string): string { return text === undefined ? "nothing" : text; }
  @func()
  usual(key: string): string { return roll(); }
  @func({ cache: "session" })
  session(): string { return roll(); }
  @func({ cache: "10m" })
  brief(): string { return roll(); }
  @func({ cache: "never" })
  never(): string { return roll(); }
  @func()
  made(): Directory { return dag.directory().withNewFile("made.txt", "made"); }
  @func()
  async names(dir: Directory): Promise<string[]> { return [...await dir.glob("**"), roll()]; }
  @func()
  async own(@argument({ defaultPath: ".", ignore: ["*", "!*.md"] }) dir: Directory): Promise<string[]> { return dir.entries(); }
  @func()
  async tokenLength(token: Secret): Promise<string> { return (await token.plaintext()).length + " " + roll(); }
  @func()
  ignores(token: Secret): string { return "not read"; }
  @func()
  symbol(file: string): string { return file; }
  @func()
  environment(): string[] { return Object.keys(process.env).sort(); }
  @func({ cache: "never" })
  fetches(url: string): Promise<string> { return fetch(url).then((answer) => answer.text(), (error) => String(error.cause?.code)); }
  @func()
  reads(): string { return readFileSync("note.md", "utf8"); }
  @func({ cache: "never" })
  files(change?: string, hold: number = 0): Promise<string[]> {
    const found = readdirSync(".", { recursive: true }).map(String).sort();
    const { ino, mode, atime, mtime } = statSync("note.md");
    const seen = [process.cwd(), String(ino), (mode & 0o777).toString(8), readFileSync("note.md", "utf8"), ...found];
    switch (change) {
      case "contents": writeFileSync("note.md", "other"); utimesSync("note.md", atime, mtime); break;
      case "mode": chmodSync("note.md", 0o600); break;
      case "added": writeFileSync("docs/new.txt", ""); break;
      case "removed": rmSync("docs", { recursive: true }); break;
    }
    return new Promise((resolve) => setTimeout(() => resolve(seen), hold));
  }
  @func()
  version(): string { return "my own"; }
  @func()
  async container(): Promise<string> { return dag.container().withEnvVariable("A", "core").envVariable("A"); }
  @func()
  async moduleName(): Promise<string> { return dag.currentModule().name(); }

  @func()
  boom(): string { throw new Error("boom it went"); }
  @func()
  odd(): string { throw "only a string"; }
  @func()
  exit(): string { console.log("on stdout"); process.exit(3); }
  @func()
  async left(): Promise<string> {
    void Promise.reject(new Error("left alone"));
    await new Promise((done) => setTimeout(done, 50));
    return "still fine";
  }
  @func()
  async forever(): Promise<void> {
    const child = spawn("sleep", ["1000"]);
    console.log(process.pid + " " + child.pid);
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  @func()
  log(): string { console.log("said on stdout"); console.error("said on stderr"); return "done"; }
}
`;

/** Written once for all tests: what is kept is kept for the module's source. */
const workdir = writeModule(
  "calls",
  calls,
  { "note.md": "noted", "docs/more.txt": "" },
  mkdtempSync(join(tmpdir(), "galley-test-calls-")),
);
afterAll(() => rmSync(workdir, { recursive: true }));

async function open(kept?: string, env: NodeJS.ProcessEnv = process.env) {
  const cacheRoot = kept ?? (await preparedCache(workdir));
  const session = await testSession({ cacheRoot, workdir, env });
  await session.loadModule(".");
  const ask = async (query: string) => {
    const { data, errors } = await session.query({ query });
    return errors ?? data;
  };
  /** how many function processes there were, and of which functions */
  const ran = () => session.started().filter((name) => name !== "load module calls");
  return { ...session, ask, ran };
}

test("functions are fields of Query, of an object that the constructor made", async () => {
  const { ask } = await open();
  expect(await ask('{who owner with(owner:"bob"){who owner}}')).toEqual({
    owner: "ann",
    who: "owned by ann",
    with: { owner: "bob", who: "owned by bob" },
  });
});

test("objects are called through, and carry their fields, shown or not", async () => {
  const { ask } = await open();
  expect(await ask("{part{size grow(by:2){grow{__typename size trail}}}}")).toEqual({
    part: { size: 1, grow: { grow: { __typename: "CallsPart", size: 4, trail: "h21" } } },
  });
});

test("a number is an integer of 64 bits, also in a list and a field", async () => {
  const { ask } = await open();
  const refused = (text: string, why: string) => [
    expect.objectContaining({ message: `strconv.ParseInt: parsing "${text}": ${why}` }),
  ];
  expect(await ask("{sizes(by:-1) shared(by:1){size}}")).toEqual({
    sizes: [-1, -1],
    shared: { size: 1 },
  });
  expect(await ask("{sizes(by:2)}")).toEqual(refused("0.5", "invalid syntax"));
  expect(await ask("{shared(by:4){trail}}")).toEqual({ shared: { trail: "h" } });
  expect(await ask("{shared(by:4){size}}")).toEqual(refused("0.25", "invalid syntax"));
  expect(await ask('{with(owner:"ann"){part{grow(by:9223372036854775807){size}}}}')).toEqual(
    refused("9223372036854776000", "value out of range"),
  );
});

test("nothing where there has to be something is empty, zero or false", async () => {
  const workdir = writeModule(
    "bare",
    `
    import { object, func, float } from "@dagger.io/dagger";
    @object()
    export class Bare {
      @func()
      text: string = "ann";
      @func()
      count: number = 3;
      @func()
      share: float = 1.5;
      @func()
      open: boolean = true;
      @func()
      names: string[] = ["a"];
      @func()
      own(): string { return this.text; }
      @func()
      none(): string { return undefined as unknown as string; }
      @func()
      gaps(): string[] { return ["a", null as unknown as string]; }
    }
  `,
  );
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  const query = "{text count share open names own none gaps}";
  // Nobody calls a constructor that was not written, so nothing begins with anything: as on Dagger.
  expect((await session.query({ query })).data).toEqual({
    ...{ text: "", count: 0, share: 0, open: false, names: [] },
    ...{ own: "", none: "", gaps: ["a", ""] },
  });
});

test("enums have the API's names on one side and the source's values on the other", async () => {
  const { ask } = await open();
  expect(
    await ask("{a:mood(mood:GLAD) b:mood(mood:VERY_SAD) c:mood(mood:GLAD,moods:[VERY_SAD,GLAD])}"),
  ).toEqual({
    a: "VERY_SAD",
    b: "GLAD",
    c: "GLAD",
  });
});

test("arguments that are not given are not there", async () => {
  const { ask } = await open();
  expect(await ask('{a:given b:given(text:"") c:given(text:null)}')).toEqual({
    a: "nothing",
    b: "",
    c: "nothing",
  });
});

test("an answer is kept: the next session starts no process for it", async () => {
  const cacheRoot = await preparedCache(workdir);
  const first = await open(cacheRoot);
  const answer = await first.ask('{usual(key:"k") made{file(path:"made.txt"){contents}}}');
  expect(first.ran().sort()).toEqual(["calls", "calls.made", "calls.usual"]);
  const second = await open(cacheRoot);
  expect(await second.ask('{usual(key:"k") made{file(path:"made.txt"){contents}}}')).toEqual(
    answer,
  );
  expect(second.ran()).toEqual([]);
  await second.ask('{usual(key:"other")}');
  expect(second.ran()).toEqual(["calls.usual"]);
});

test('"session" and "never" hold as long as they say', async () => {
  const cacheRoot = await preparedCache();
  const query = "{a:session b:session c:never d:never}";
  const one = (await (await open(cacheRoot)).ask(query)) as Record<string, string>;
  const two = (await (await open(cacheRoot)).ask(query)) as Record<string, string>;
  expect(one.a).toBe(one.b);
  expect(new Set([one.a, one.c, one.d, two.a, two.c, two.d]).size).toBe(6);
});

test("a kept answer ends with its time: seven days, or what the function says", async () => {
  const cacheRoot = await preparedCache(workdir);
  const after = async (minutes: number) => {
    vi.useFakeTimers({ toFake: ["Date"], now: minutes * 60_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const session = await open(cacheRoot);
    await session.ask('{usual(key:"k") brief}');
    return session
      .ran()
      .filter((name) => name !== "calls")
      .sort();
  };
  expect(await after(0)).toEqual(["calls.brief", "calls.usual"]);
  expect(await after(9)).toEqual([]);
  expect(await after(11)).toEqual(["calls.brief"]);
  expect(await after(7 * 24 * 60 + 1)).toEqual(["calls.brief", "calls.usual"]);
});

test("a directory counts by what it holds", async () => {
  const { ask, ran } = await open();
  const [one, other] = [scratchFolder(), scratchFolder()];
  for (const folder of [one, other]) writeFileSync(join(folder, "f"), "same");
  const names = async (folder: string) => {
    const id = (await ask(`{host{directory(path:"${folder}",noCache:true){id}}}`)) as {
      host: { directory: { id: string } };
    };
    return ask(`{names(dir:"${id.host.directory.id}")}`);
  };
  const answer = await names(one);
  expect(await names(other)).toEqual(answer);
  expect(ran().filter((name) => name === "calls.names")).toHaveLength(1);
  writeFileSync(join(other, "f"), "else");
  expect(await names(other)).not.toEqual(answer);
  expect(ran().filter((name) => name === "calls.names")).toHaveLength(2);
});

test("a default path is the module's folder, without what is ignored", async () => {
  const { ask } = await open();
  expect(await ask("{own}")).toEqual({ own: ["note.md"] });
});

test("a secret's plaintext counts, and one that is never read may be missing", async () => {
  const cacheRoot = await preparedCache();
  const length = async (TOKEN: string) => {
    const session = await open(cacheRoot, { ...process.env, TOKEN });
    const made = (await session.ask('{secret(uri:"env://TOKEN"){id}}')) as {
      secret: { id: string };
    };
    const answer = await session.ask(`{tokenLength(token:"${made.secret.id}")}`);
    return { answer: answer as { tokenLength: string }, ran: session.ran() };
  };
  const first = await length("four");
  expect(first.answer.tokenLength).toMatch(/^4 /u);
  const again = await length("four");
  expect([again.answer, again.ran]).toEqual([first.answer, []]);
  expect((await length("five5")).answer.tokenLength).toMatch(/^5 /u);

  const session = await open(cacheRoot);
  const missing = (await session.ask('{secret(uri:"env://NOT_SET_HERE"){id}}')) as {
    secret: { id: string };
  };
  expect(await session.ask(`{ignores(token:"${missing.secret.id}")}`)).toEqual({
    ignores: "not read",
  });
});

test("a function sees its module's files and a bare environment", async () => {
  const { PATH, HOME } = process.env;
  const { ask } = await open(undefined, { PATH, HOME, TOKEN: "of the caller" });
  expect(await ask("{environment reads moduleName}")).toEqual({
    environment: ["DAGGER_SESSION_PORT", "DAGGER_SESSION_TOKEN", "HOME", "PATH"],
    moduleName: "calls",
    reads: "noted",
  });
});

test("what a function does to its module's files no other call sees", async () => {
  const { ask } = await open();
  const seen = async (args = "") => ((await ask(`{files${args}}`)) as { files: string[] }).files;
  const [, , ...first] = await seen();
  expect(first.slice(0, 2)).toEqual(["644", "noted"]);
  for (const change of ["contents", "mode", "added", "removed"]) {
    await seen(`(change:"${change}")`);
    const [, , ...now] = await seen();
    expect(now, change).toEqual(first);
  }
});

test("files that a function has left as they were are the next call's, also in another session", async () => {
  const cacheRoot = await preparedCache(workdir);
  const seen = async (args = "") => {
    const { ask, close } = await open(cacheRoot);
    const { one, two } = (await ask(`{one:files${args} two:files${args}}`)) as {
      one: [string, string];
      two: [string, string];
    };
    await close();
    return [one, two];
  };
  const [first, second] = await seen("(hold:500)");
  // At the same time each has a folder of its own.
  expect(first?.[1]).not.toBe(second?.[1]);
  const [third] = await seen();
  expect([first?.[1], second?.[1]]).toContain(third?.[1]);
});

test("certificates and proxies of the caller reach a function, as steps", async () => {
  const folder = scratchFolder();
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name)) as [string, string];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
    ],
    { stdio: "ignore" },
  );
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createServer(options, (_request, response) => response.end("hello"));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  const { port } = server.address() as AddressInfo;

  const { PATH, HOME } = process.env;
  const fetched = async (env: NodeJS.ProcessEnv) => {
    const { ask } = await open(undefined, { PATH, HOME, ...env });
    return ask(`{fetches(url:"https://localhost:${port}") environment}`);
  };
  const bare = await fetched({});
  expect(bare).toMatchObject({ fetches: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const trusted = await fetched({ SSL_CERT_FILE: cert, https_proxy: "http://proxy:3128" });
  expect(trusted).toMatchObject({ fetches: "hello" });
  expect(await fetched({ NODE_EXTRA_CA_CERTS: cert, NO_PROXY: "localhost" })).toMatchObject({
    fetches: "hello",
    environment: expect.arrayContaining(["NODE_EXTRA_CA_CERTS", "NO_PROXY"]),
  });
});

test("functions and arguments may be named like what the SDK's scanner keeps to itself", async () => {
  const { ask } = await open();
  expect(await ask('{symbol(file:"f")}')).toEqual({ symbol: "f" });
});

test("functions named like fields of the API take their place outside, not inside", async () => {
  const { ask } = await open();
  expect(await ask("{version container}")).toEqual({ container: "core", version: "my own" });
});

test("errors are answered, and never kept", async () => {
  const { ask, ran } = await open();
  expect(await ask("{boom}")).toEqual([{ message: "boom it went", path: ["boom"] }]);
  expect(await ask("{boom}")).toEqual([{ message: "boom it went", path: ["boom"] }]);
  expect(ran()).toEqual(["calls", "calls.boom", "calls.boom"]);
  expect(await ask("{odd}")).toEqual([{ message: '"only a string"', path: ["odd"] }]);
});

test("a process that ends without an answer is a failed step", async () => {
  const { ask } = await open();
  expect(await ask("{exit}")).toEqual([
    {
      message: 'call function "exit": exit code: 3',
      path: ["exit"],
      extensions: {
        _type: "EXEC_ERROR",
        cmd: ["node"],
        exitCode: 3,
        stdout: "on stdout",
        stderr: "",
      },
    },
  ]);
});

test("a stack trace shows the module's own file and line", async () => {
  const { ask } = await open();
  const [error] = (await ask("{left}")) as unknown as { extensions: { stderr: string } }[];
  const line = calls.split("\n").findIndex((text) => text.includes("left alone")) + 1;
  expect(error?.extensions.stderr).toContain("Error: left alone\n");
  expect(error?.extensions.stderr).toContain(`${workdir}/src/index.ts:${line}:`);
});

test("what a function writes is shown when it runs", async () => {
  const { ask, happened } = await open();
  expect(await ask("{log}")).toEqual({ log: "done" });
  const output = happened.flatMap((event) =>
    event.type === "output" ? [[event.stream, event.text]] : [],
  );
  expect(output).toEqual([
    ["stdout", "said on stdout\n"],
    ["stderr", "said on stderr\n"],
  ]);
});

test("what still runs ends with the session, and whatever it started", async () => {
  const { ask, close, happened } = await open();
  const answer = ask("{forever}");
  const output = () => happened.flatMap((event) => (event.type === "output" ? [event.text] : []));
  await expect.poll(output, { timeout: 60_000 }).toHaveLength(1);
  const pids = output()[0]?.trim().split(" ").map(Number) ?? [];
  expect(pids.map(isRunning)).toEqual([true, true]);
  await close();
  expect(await answer).toEqual([{ message: "This operation was aborted", path: ["forever"] }]);
  await expect.poll(() => pids.map(isRunning)).toEqual([false, false]);
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("a module that cannot be parsed lists its functions; calling one fails", async () => {
  const workdir = writeModule(
    "broken",
    'import { object, func } from "@dagger.io/dagger";\n@object()\nexport class Broken {\n  @func()\n  oops(): string { return this.nope( }\n}\n',
  );
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  const module = await session.loadModule(".");
  expect(module?.typeDefs.objects[0]?.functions.map(({ name }) => name)).toEqual(["oops"]);
  const { errors } = await session.query({ query: "{oops}" });
  expect(errors?.[0]?.message).toBe('call function "oops": exit code: 1');
  expect(errors?.[0]?.extensions?.stderr).toBe(
    'Error [TransformError]: Transform failed with 1 error:\nsrc/index.ts:5:37: ERROR: Unexpected "}"',
  );
});

test("packages of the module's own are part of it", async () => {
  const workdir = writeModule(
    "packed",
    'import { object, func } from "@dagger.io/dagger";\nimport { shout } from "loud";\n@object()\nexport class Packed {\n  @func()\n  hello(): string { return shout("hello"); }\n}\n',
    {
      "package.json": JSON.stringify({
        type: "module",
        dependencies: { loud: "1.0.0", typescript: "5.9.3", "@dagger.io/dagger": "0.21.9" },
      }),
      "node_modules/loud/package.json": JSON.stringify({
        name: "loud",
        version: "1.0.0",
        main: "i.js",
      }),
      "node_modules/loud/i.js":
        "exports.shout = (text) => require('node:util').format('%s!', text.toUpperCase());",
    },
  );
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  expect(await session.query({ query: "{hello}" })).toEqual({
    status: 200,
    data: { hello: "HELLO!" },
  });
});

test("packages that are not there are installed once, outside of the module's folder", async () => {
  const loud = scratchFolder();
  writeFileSync(
    join(loud, "package.json"),
    JSON.stringify({ name: "loud", version: "1.0.0", main: "i.js" }),
  );
  writeFileSync(join(loud, "i.js"), "exports.shout = (text) => text.toUpperCase() + '!';");
  const index =
    'import { object, func } from "@dagger.io/dagger";\nimport { shout } from "loud";\n@object()\nexport class Packed {\n  @func()\n  hello(to: string): string { return shout(to); }\n}\n';
  const cacheRoot = await preparedCache();
  const workdir = writeModule("packed", index, {
    "package.json": JSON.stringify({ type: "module", dependencies: { loud: `file:${loud}` } }),
  });
  const hello = async (to: string) => {
    const session = await testSession({ cacheRoot, workdir });
    await session.loadModule(".");
    const answer = await session.query({ query: `{hello(to:"${to}")}` });
    const notices = session.happened.flatMap((event) =>
      event.type === "notice" ? [event.text] : [],
    );
    return { data: answer.data, notices };
  };
  expect(await hello("a")).toEqual({
    data: { hello: "A!" },
    notices: ["module packed: npm install (loud), once for its lock file"],
  });
  writeFileSync(join(workdir, "src/more.ts"), "export const more = 1;\n");
  expect(await hello("b")).toEqual({ data: { hello: "B!" }, notices: [] });
  expect(() => readFileSync(join(workdir, "package-lock.json"))).toThrow("ENOENT");
});
