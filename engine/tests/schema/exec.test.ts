import { expect, test } from "vitest";
import { scratchFolder } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";
import { busybox, exec } from "./busybox.ts";

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
