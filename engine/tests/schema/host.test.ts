import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

/** A folder of the host with these files, and what `host` answers when asked from there. */
async function onHost(files: Readonly<Record<string, string>>, below = "") {
  const top = scratchFolder();
  for (const [path, contents] of Object.entries(files)) write(join(top, path), contents);
  const workdir = join(top, below);
  const session = await testSession({ workdir, env: { ...process.env, HOME: top } });
  const host = async (field: string) => {
    const answer = await ask(`{host{${field}}}`, session);
    return typeof answer === "string" ? answer : leaf(answer);
  };
  return { top, host };
}

function write(path: string, contents: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

const all = 'glob(pattern:"**")';

test("paths start where the command runs; `~` is its user's home", async () => {
  const { host } = await onHost(
    { "a/b/f": "in b", "home/f": "at home", "beside/f": "beside" },
    "a/b",
  );
  expect(await host('file(path:"f"){contents}')).toBe("in b");
  expect(await host('file(path:"../../beside/f"){contents}')).toBe("beside");
  expect(await host('file(path:"~/home/f"){contents}')).toBe("at home");
  expect(await host('directory(path:"../.."){entries}')).toEqual(["a/", "beside/", "home/"]);
});

test("looking upwards answers relative to where the command runs", async () => {
  const { host } = await onHost(
    { "top.txt": "", "a/near/f": "", "a/b/here.txt": "", "a/b/c/d.txt": "" },
    "a/b",
  );
  expect(await host('findUp(name:"here.txt")')).toBe("here.txt");
  expect(await host('findUp(name:"near")')).toBe("../near");
  expect(await host('findUp(name:"top.txt")')).toBe("../../top.txt");
  expect(await host('findUp(name:"d.txt")')).toBeNull();
});

test("what include and exclude take", async () => {
  const { host } = await onHost({ "a.txt": "", "b.txt": "", "c.rar": "", "sub/d.txt": "" });
  const take = (args: string) => host(`directory(path:"."${args}){${all}}`);
  expect(await take(',exclude:["*.rar"]')).toEqual(["a.txt", "b.txt", "sub/", "sub/d.txt"]);
  expect(await take(',include:["*.txt"],exclude:["b.txt"]')).toEqual(["a.txt"]);
  expect(await take(',include:["a.txt"],exclude:["*.txt"]')).toEqual([]);
  expect(await take(',include:["**/*.txt"]')).toEqual(["a.txt", "b.txt", "sub/", "sub/d.txt"]);
  expect(await take(',exclude:["sub","/a.txt","../b.txt"]')).toEqual(["a.txt", "b.txt", "c.rar"]);
});

test("gitignore leaves out what git would, whatever else is selected", async () => {
  const { host, top } = await onHost({
    ".git/config": "",
    ".gitignore": "*.log\n/build/\n!keep.log\n.git/\n",
    "a.log": "",
    "keep.log": "",
    "build/x": "",
    "sub/build/y": "",
    "sub/b.log": "",
    "sub/.gitignore": "only\n",
    "sub/only": "",
    only: "",
  });
  const take = (path: string, args = "") =>
    host(`directory(path:"${path}",gitignore:true${args}){${all}}`);
  expect(await take(".")).toEqual([
    ".gitignore",
    "keep.log",
    "only",
    "sub/",
    "sub/.gitignore",
    "sub/build/",
    "sub/build/y",
  ]);
  // What a folder above says holds, and the ignore files hold without being selected themselves.
  expect(await take("sub")).toEqual([".gitignore", "build/", "build/y"]);
  expect(await take(".", ',exclude:["**/.gitignore"]')).toEqual([
    "keep.log",
    "only",
    "sub/",
    "sub/build/",
    "sub/build/y",
  ]);
  expect(await take(".", ',include:["**/*.log"]')).toEqual(["keep.log"]);
  // Nothing is read of what is ignored: this name alone would be an error.
  writeFileSync(Buffer.concat([Buffer.from(`${top}/build/`), Buffer.from([0xff])]), "");
  expect(await take("./")).toContain("keep.log");
  expect(await host('directory(path:"build"){entries}')).toContain("is not valid UTF-8");
});

test("a folder is read once a session, unless it is asked for anew", async () => {
  const { host, top } = await onHost({ "d/f": "1" });
  const read = (args = "") => host(`directory(path:"d"${args}){file(path:"f"){contents}}`);
  expect(await read()).toBe("1");
  write(join(top, "d/f"), "22");
  write(join(top, "d/g"), "new");
  expect(await read()).toBe("1");
  expect(await read(",noCache:true")).toBe("22");
  expect(await host('file(path:"d/g"){contents}')).toBe("new");
  write(join(top, "d/g"), "newer");
  expect(await host('file(path:"d/g"){contents}')).toBe("new");
  expect(await host('file(path:"d/g",noCache:true){contents}')).toBe("newer");
});

test("modes and links stay, odd names too, and what was read outlives its file", async () => {
  const { host, top } = await onHost({ "d/run me\n": "#!/bin/sh\n" });
  chmodSync(join(top, "d/run me\n"), 0o750);
  symlinkSync("run me\n", join(top, "d/link"));
  symlinkSync("/etc/hostname", join(top, "d/out"));
  expect(await host(`directory(path:"d"){${all}}`)).toEqual(["link", "out", "run me\n"]);
  rmSync(join(top, "d"), { recursive: true });
  expect(await host('directory(path:"d"){stat(path:"link"){name permissions}}')).toEqual({
    name: "run me\n",
    permissions: 0o750,
  });
  expect(await host('directory(path:"d"){file(path:"link"){contents}}')).toBe("#!/bin/sh\n");
  expect(await host('directory(path:"d"){file(path:"out"){contents}}')).toBe(
    "stat out: no such file or directory",
  );
});

test("what is not there", async () => {
  const { host, top } = await onHost({ "d/f": "" });
  expect(await host('file(path:"none"){contents}')).toBe("stat none: no such file or directory");
  expect(await host('file(path:"d"){contents}')).toBe("path d is a directory, not a file");
  expect(await host('directory(path:"none"){entries}')).toMatch(
    new RegExp(`lstat ${top}/none: no such file or directory$`, "u"),
  );
});

test("addresses of the command line", async () => {
  const { top } = await onHost({ "d/f": "data", "d/skip": "" });
  const session = await testSession({ workdir: top });
  const at = async (value: string, field: string) => {
    const answer = await ask(`{address(value:"${value}"){${field}}}`, session);
    return typeof answer === "string" ? answer : leaf(answer);
  };
  expect(await at("d/f", "file{contents}")).toBe("data");
  expect(await at(`file://${top}/d/f`, "file{name}")).toBe("f");
  expect(await at("d", 'directory(exclude:["skip"]){entries}')).toEqual(["f"]);
  expect(await at("", "value")).toBe("resource cannot have empty address");
});
