import { expect, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";

/** A cache folder that these tests share; what is asked in each differs. */
const cacheRoot = process.env.GALLEY_TEST_CACHE;

/** A session, and the chain of fields after a container that has busybox and nothing else. */
async function busybox(root = cacheRoot ?? scratchFolder()) {
  const session = await testSession({ cacheRoot: root });
  const files = `{host{directory(path:"/bin",include:["busybox"]){id}}}`;
  const bin = leaf(await ask(files, session));
  const fields = [
    `withDirectory(path:"/bin",source:"${bin}")`,
    'withExec(args:["/bin/busybox","--install","-s","/bin"])',
    'withEnvVariable(name:"PATH",value:"/bin")',
  ];
  const run = (...more: string[]) => runIn(session, [...fields, ...more]);
  return { session, run };
}

async function runIn(session: Asking, fields: readonly string[]): Promise<unknown> {
  const query = `{container{${fields.join("{")}${"}".repeat(fields.length + 1)}`;
  const answer = await ask(query, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

const exec = (script: string, more = "") =>
  `withExec(args:["sh","-c",${JSON.stringify(script)}]${more})`;
const variable = (name: string, value: string, more = "") =>
  `withEnvVariable(name:"${name}",value:"${value}"${more})`;
const newFile = (path: string, contents: string) =>
  `withNewFile(path:"${path}",contents:"${contents}")`;

test("what is expanded, and what is not", async () => {
  const { session, run } = await busybox();
  const expanded = (text: string) =>
    run(variable("A", "one"), variable("B", text, ",expand:true"), 'envVariable(name:"B")');
  expect(await expanded("${A}$A-${none}.$")).toBe("oneone-.$");
  expect(await expanded("$1A$$A${A")).toBe("AAA");
  expect(
    await run(
      variable("OUT", "/o"),
      exec("echo hi", ',redirectStdout:"$OUT",expand:true'),
      'file(path:"/o")',
      "contents",
    ),
  ).toBe("hi\n");
  const secret = leaf(await ask('{setSecret(name:"s",plaintext:"p"){id}}', session));
  expect(
    await run(
      `withSecretVariable(name:"S",secret:"${secret}")`,
      variable("B", "$S", ",expand:true"),
      "id",
    ),
  ).toBe('expand cannot be used with secret env variable "S"');
  expect(
    await run('withVolatileVariable(name:"V",value:"v")', exec("$V", ",expand:true"), "id"),
  ).toBe('expand cannot be used with volatile env variable "V"');
});

test("a volatile variable goes over a plain one, is not listed, and changes no key", async () => {
  const { session, run } = await busybox();
  const volatile = (value: string) => `withVolatileVariable(name:"F",value:"${value}")`;
  const asked = [variable("F", "plain"), volatile("first"), volatile("second")];
  expect(await run(...asked, 'envVariable(name:"F")')).toBe("plain");
  expect(await run(...asked, exec("echo $F"), "stdout")).toBe("second\n");
  const before = session.started().length;
  expect(await run(variable("F", "plain"), volatile("third"), exec("echo $F"), "stdout")).toBe(
    "second\n",
  );
  expect(session.started()).toHaveLength(before);
  expect(await run(...asked, 'withoutVolatileVariable(name:"F")', exec("echo $F"), "stdout")).toBe(
    "plain\n",
  );
});

test("a mount takes the place of those below it", async () => {
  const { session, run } = await busybox();
  const directory = async (contents: string) =>
    leaf(await ask(`{directory{withNewFile(path:"f",contents:"${contents}"){id}}}`, session));
  const mount = async (path: string, contents: string) =>
    `withMountedDirectory(path:"${path}",source:"${await directory(contents)}")`;
  const both = [await mount("/mnt/dir", "lower"), await mount("/mnt", "upper")];
  expect(await run(...both, "mounts")).toEqual(["/mnt"]);
  expect(await run(...both, exec("cat /mnt/f; ls /mnt"), "stdout")).toBe("upperf\n");
  const again = [...both, await mount("/mnt/dir", "again")];
  expect(await run(...again, "mounts")).toEqual(["/mnt", "/mnt/dir"]);
  expect(await run(...again, exec("cat /mnt/dir/f"), "stdout")).toBe("again");
  expect(await run(...again, 'withoutMount(path:"/mnt/dir")', "mounts")).toEqual(["/mnt"]);
});

test("what is written to a mounted file or directory stays in the mount", async () => {
  const { session, run } = await busybox();
  const file = leaf(await ask('{file(name:"a",contents:"1"){id}}', session));
  const mounted = [newFile("/f", "root"), `withMountedFile(path:"/f",source:"${file}")`];
  expect(await run(...mounted, newFile("/f", "2"), 'file(path:"/f")', "contents")).toBe("2");
  expect(await run(...mounted, newFile("/f", "2"), exec("cat /f"), "stdout")).toBe("2");
  expect(
    await run(
      ...mounted,
      newFile("/f", "2"),
      'withoutMount(path:"/f")',
      'file(path:"/f")',
      "contents",
    ),
  ).toBe("root");
  const directory = leaf(await ask('{directory{withNewFile(path:"f",contents:"1"){id}}}', session));
  const folder = `withMountedDirectory(path:"/m",source:"${directory}")`;
  expect(await run(folder, exec("echo 2 > /m/g"), 'directory(path:"/m")', "entries")).toEqual([
    "f",
    "g",
  ]);
  expect(await run(folder, exec("echo 2 > /m/g"), "rootfs", "entries")).not.toContain("m/");
});

test("links of a container lead within it", async () => {
  const { run } = await busybox();
  const link = (target: string, name: string) =>
    `withSymlink(target:"${target}",linkName:"${name}")`;
  expect(
    await run(
      link("../../../..", "escape"),
      newFile("escape/some", "data"),
      'file(path:"some")',
      "contents",
    ),
  ).toBe("data");
  expect(
    await run(
      'withNewFile(path:"/root/x",contents:"")',
      link("/root", "escape"),
      link("_", "escape/foo/bar"),
      'directory(path:"root/foo")',
      "entries",
    ),
  ).toEqual(["bar"]);
  expect(
    await run(
      newFile("/t/f", "data"),
      'withWorkdir(path:"/t")',
      link("f", "l"),
      'file(path:"l")',
      "contents",
    ),
  ).toBe("data");
});

test("a failing command tells its code and its streams, and is not kept", async () => {
  const { session } = await busybox();
  const bin = leaf(await ask('{host{directory(path:"/bin",include:["busybox"]){id}}}', session));
  const query = `{container{withDirectory(path:"/bin",source:"${bin}"){withExec(args:["/bin/busybox","sh","-c","echo out; echo err >&2; exit 7"]){stdout}}}}`;
  for (const time of [1, 2]) {
    const { data, errors } = await session.query({ query });
    expect(data).toBeNull();
    expect(errors).toEqual([
      {
        message: "exit code: 7",
        path: ["container", "withDirectory", "withExec", "stdout"],
        extensions: {
          _type: "EXEC_ERROR",
          cmd: ["/bin/busybox", "sh", "-c", "echo out; echo err >&2; exit 7"],
          exitCode: 7,
          stdout: "out",
          stderr: "err",
        },
      },
    ]);
    expect(session.started().filter((name) => name.includes("exit 7"))).toHaveLength(time);
  }
});

test("a step is kept for later sessions, and runs again when a file that it sees has changed", async () => {
  const root = scratchFolder();
  const ran = async (contents: string, beside: string) => {
    const { session, run } = await busybox(root);
    const source = leaf(
      await ask(
        `{directory{withNewFile(path:"a/f",contents:"${contents}"){withNewFile(path:"b",contents:"${beside}"){directory(path:"a"){id}}}}}`,
        session,
      ),
    );
    expect(
      await run(`withMountedDirectory(path:"/s",source:"${source}")`, exec("cat /s/f"), "stdout"),
    ).toBe(contents);
    const finished = session.happened.findLast((event) => event.type === "finished");
    return finished?.type === "finished" && [finished.name, finished.outcome.kind];
  };
  expect(await ran("one", "beside")).toEqual(["withExec sh -c cat /s/f", "done"]);
  expect(await ran("one", "changed")).toEqual(["withExec sh -c cat /s/f", "cached"]);
  expect(await ran("two", "changed")).toEqual(["withExec sh -c cat /s/f", "done"]);
});

test("a secret counts by its value, and shows nowhere", async () => {
  const root = scratchFolder();
  const ran = async (plaintext: string) => {
    const { session, run } = await busybox(root);
    const secret = leaf(await ask(`{setSecret(name:"s",plaintext:"${plaintext}"){id}}`, session));
    const asked = `withSecretVariable(name:"S",secret:"${secret}")`;
    const stdout = await run(asked, exec("echo $S; echo ${#S}"), "stdout");
    const { outcome } = session.happened.findLast((event) => event.type === "finished") as {
      outcome: { kind: string };
    };
    expect(JSON.stringify(session.happened)).not.toContain(plaintext);
    return [stdout, outcome.kind];
  };
  expect(await ran("hunter22")).toEqual(["***\n8\n", "done"]);
  expect(await ran("hunter22")).toEqual(["***\n8\n", "cached"]);
  expect(await ran("hunter333")).toEqual(["***\n9\n", "done"]);
});
