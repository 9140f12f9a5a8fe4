import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";
import { hostedAt, repository } from "./repository.ts";

async function asked(session: Asking, query: string): Promise<unknown> {
  const answer = await ask(query, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

const inFolder = (folder: string, fields: string) =>
  `{host{directory(path:"${folder}"){asGit{${fields}}}}}`;

test("a directory is a repository: its names, its versions, its commits", async () => {
  const { folder, git, commit } = repository();
  const first = commit({ "a.txt": "1" });
  for (const tag of ["v1.9.0", "v1.10.0-rc.2", "v1.10.0-rc.10", "not-a-version", "v2.0.0-alpha"]) {
    git("tag", tag);
  }
  const second = commit({ "a.txt": "2\r\n", "b/c.txt": "" });
  git("tag", "-a", "v1.10.0", "-m", "annotated");
  git("tag", "main"); // like the branch
  const third = commit({ "a.txt": "3" });
  const session = await testSession();
  const get = (fields: string) => asked(session, inFolder(folder, fields));

  expect(await get('tags(patterns:["v1.10.0-*"])')).toEqual(["v1.10.0-rc.10", "v1.10.0-rc.2"]);
  expect(await get('tags(patterns:["v[12].?.0"])')).toEqual(["v1.9.0"]);
  expect(await get("latestVersion{ref commit}")).toEqual({
    ref: "refs/tags/v2.0.0-alpha",
    commit: first,
  });
  git("tag", "-d", "v2.0.0-alpha");
  const later = await testSession();
  expect(await asked(later, inFolder(folder, "latestVersion{ref commit}"))).toEqual({
    ref: "refs/tags/v1.10.0",
    commit: second,
  });
  expect(await get('ref(name:"main"){commit}')).toBe(third);
  expect(await get('ref(name:"tags/main"){commit}')).toBe(second);
  expect(await get(`ref(name:"${first}"){ref}`)).toBe(first);
  expect(await get('commit(id:"abc"){commit}')).toBe('invalid commit SHA: "abc"');
  expect(await get(`commit(id:"${first}"){tree{entries}}`)).toEqual([".git/", "a.txt"]);
  expect(await get('tag(name:"v1.10.0"){tree(discardGitDir:true){glob(pattern:"**")}}')).toEqual([
    "a.txt",
    "b/",
    "b/c.txt",
  ]);
});

test("what is checked out does not depend on this machine's settings, or on when it is", async () => {
  const { folder, git, commit } = repository();
  commit({ "a.txt": "one\ntwo\n" });
  git("tag", "v1");
  commit({ "a.txt": "one\nthree\n" });
  const settings = join(scratchFolder(), "gitconfig");
  writeFileSync(settings, "[core]\n\tautocrlf = true\n\thooksPath = /nowhere\n");
  vi.stubEnv("GIT_CONFIG_GLOBAL", settings);
  onTestFinished(() => void vi.unstubAllEnvs());
  const digest = async (args: string) => {
    const session = await testSession();
    const tree = `head{tree(${args}){digest}}`;
    return asked(session, inFolder(folder, tree));
  };
  const session = await testSession();
  const file = 'head{tree{file(path:"a.txt"){contents}}}';
  expect(await asked(session, inFolder(folder, file))).toBe("one\nthree\n");
  expect(await digest("discardGitDir:true")).toBe(await digest("discardGitDir:true"));
  expect(await digest("depth:1")).toBe(await digest("depth:1"));
  const inGit = async (args: string, path: string) =>
    asked(session, inFolder(folder, `head{tree(${args}){glob(pattern:"${path}")}}`));
  expect(await inGit("depth:1", ".git/shallow")).toEqual([".git/shallow"]);
  expect(await inGit("depth:0", ".git/shallow")).toEqual([]);
  expect(await inGit("includeTags:true", ".git/refs/tags/*")).toEqual([".git/refs/tags/v1"]);
  expect(await inGit("includeTags:false", ".git/refs/tags/*")).toEqual([]);
});

test("a commit is fetched once, and kept; an old server's too", async () => {
  const { folder, git, commit } = repository();
  const hidden = commit({ "a.txt": "hidden" });
  commit({ "a.txt": "shown" });
  const settings = join(scratchFolder(), "gitconfig");
  writeFileSync(settings, "[protocol]\n\tversion = 0\n");
  vi.stubEnv("GIT_CONFIG_GLOBAL", settings);
  onTestFinished(() => void vi.unstubAllEnvs());
  git("config", "uploadpack.allowAnySHA1InWant", "false");
  const cacheRoot = scratchFolder();
  const fetches: string[] = [];
  for (const session of [await testSession({ cacheRoot }), await testSession({ cacheRoot })]) {
    const tree = `commit(id:"${hidden}"){tree(discardGitDir:true){file(path:"a.txt"){contents}}}`;
    expect(await asked(session, inFolder(folder, tree))).toBe("hidden");
    fetches.push(...session.started().filter((title) => title.startsWith("git fetch")));
  }
  expect(fetches).toEqual([`git fetch from a directory ${hidden}`]);
});

test("the common ancestor of commits of two repositories", async () => {
  const { folder, git, commit } = repository();
  const base = commit({ "a.txt": "base" });
  const clone = scratchFolder();
  git("clone", "-q", folder, join(clone, "c"));
  const here = commit({ "a.txt": "here" });
  const session = await testSession();
  const there = await asked(session, inFolder(join(clone, "c"), "head{id}"));
  const ancestor = `commit(id:"${here}"){commonAncestor(other:"${there}"){commit ref}}`;
  expect(await asked(session, inFolder(folder, ancestor))).toEqual({ commit: base, ref: base });
});

test("a token goes to the repository's host, and nowhere else", async () => {
  const headers: (string | undefined)[] = [];
  const server = createServer((request, answer) => {
    headers.push(request.headers.authorization);
    answer.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const session = await testSession();
  const token = await asked(session, '{setSecret(name:"t",plaintext:"t0ken-of-mine"){id}}');
  const url = `http://127.0.0.1:${port}/x.git`;
  const login = `httpAuthUsername:"me",httpAuthToken:"${token}"`;
  expect(await asked(session, `{git(url:"${url}",${login}){head{commit}}}`)).toBe(
    "git error: git authentication failed",
  );
  expect(headers).toContain(`basic ${Buffer.from("me:t0ken-of-mine").toString("base64")}`);
  expect(await asked(session, `{git(url:"${url}"){head{commit}}}`)).toBe(
    "git error: git authentication failed",
  );
  expect(headers.at(-1)).toBeUndefined();
  const said = JSON.stringify(session.happened);
  expect(said).not.toMatch(/t0ken-of-mine|bWU6dDBrZW4/u);
});

test("an address on the command line is a repository or a commit of one", async () => {
  const { folder, git, commit } = repository();
  const first = commit({ "a.txt": "1" });
  git("tag", "v1");
  const second = commit({ "a.txt": "2" });
  const session = await testSession({ workdir: folder });
  const at = (address: string, fields: string) =>
    asked(session, `{address(value:${JSON.stringify(address)}){${fields}}}`);
  expect(await at(".", "gitRepository{tags}")).toEqual(["v1"]);
  expect(await at(".#v1", "gitRef{commit}")).toBe(first);
  expect(await at(`file://${folder}`, "gitRef{commit}")).toBe(second);
  expect(await at("https://example.invalid/x#v1:sub", "gitRef{commit}")).toBe(
    "git ref address cannot contain subdir",
  );
  expect(await at("https://example.invalid/x#v1", "gitRepository{url}")).toBe(
    "git repository address cannot contain ref",
  );
  expect(await at("ftp://example.invalid/x", "gitRef{commit}")).toBe('invalid protocol "ftp"');
});

test("a directory or file of a repository is one by its address", async () => {
  const { folder, git, commit } = repository();
  commit({ "a.txt": "one", "sub/b.txt": "two", "sub/c.md": "three" });
  git("tag", "v1");
  commit({ "a.txt": "later" });
  hostedAt({ "https://example.invalid/team/app": folder });
  const session = await testSession();
  const at = (address: string, fields: string) =>
    asked(session, `{address(value:"https://example.invalid/team/app${address}"){${fields}}}`);
  expect(await at("", 'directory{file(path:"a.txt"){contents}}')).toBe("later");
  expect(await at("", "directory{entries}")).toEqual([".git/", "a.txt", "sub/"]);
  expect(await at("#v1:sub", 'directory(exclude:["*.md"]){entries}')).toEqual(["b.txt"]);
  expect(await at("#v1:a.txt", "file{name contents}")).toEqual({ name: "a.txt", contents: "one" });
  expect(await at("#v1", "file{name}")).toBe("no file path specified within git repository");
  expect(await at("#v2", "directory{entries}")).toBe('repository does not contain ref "v2"');
  expect(await at(":nope", "directory{entries}")).toMatch(/^git error: /u);
});
