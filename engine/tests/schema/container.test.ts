import { expect, test } from "vitest";
import { ask, leaf } from "./ask.ts";
import { busybox, exec, newFile, runIn, variable } from "./busybox.ts";

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

test("files and directories are removed by path or pattern, the top never", async () => {
  const { run } = await busybox();
  const made = [newFile("/d/a1", ""), newFile("/d/a2", ""), newFile("/d/b", "")];
  const entries = ['directory(path:"/d")', "entries"];
  expect(await run(...made, 'withoutFile(path:"/d/a*")', ...entries)).toEqual(["b"]);
  expect(await run(...made, 'withoutFiles(paths:["/d/a1","/d/none"])', ...entries)).toEqual([
    "a2",
    "b",
  ]);
  expect(
    await run(
      ...made,
      'withoutDirectory(path:"/d")',
      newFile("/d", "x"),
      'stat(path:"/d")',
      "fileType",
    ),
  ).toBe("REGULAR");
  expect(await run(...made, 'withoutDirectory(path:"/")', "rootfs", "entries")).toBe(
    "unlinkat /: device or resource busy",
  );
});

test("an image adds to the variables, labels and ports that were there", async () => {
  const { session } = await busybox();
  const before = [
    variable("A", "1"),
    variable("PATH", "/replaced"),
    'withLabel(name:"l",value:"kept")',
    "withExposedPort(port:5000)",
    'withEntrypoint(args:["gone"])',
    'from(address:"alpine:3.22")',
  ];
  const asked =
    'a:envVariable(name:"A") path:envVariable(name:"PATH") label(name:"l") exposedPorts{port} entrypoint';
  expect(await runIn(session, [...before, asked])).toEqual({
    a: "1",
    path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    label: "kept",
    exposedPorts: [{ port: 5000 }],
    entrypoint: [],
  });
});
