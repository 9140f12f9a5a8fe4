import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { Secrets } from "../../src/server/secrets.ts";
import { ApiError } from "../../src/tree/api-error.ts";
import { scratchFolder, testSession } from "./open.ts";

const uri = (text: string, cacheKey?: string) =>
  JSON.stringify({ uri: text, ...(cacheKey ? { cacheKey } : {}) });

test("secrets come from the client's environment, files and commands", async () => {
  const workdir = scratchFolder();
  writeFileSync(join(workdir, "s.txt"), "from file\n");
  const secrets = new Secrets(openCacheFolder(scratchFolder()), workdir, {
    PATH: process.env.PATH,
    GIVEN: "from env",
  });
  const read = async (text: string) => (await secrets.plaintext(uri(text))).toString();
  expect(await read("env://GIVEN")).toBe("from env");
  expect(await read("env:GIVEN")).toBe("from env");
  expect(await read("file://s.txt")).toBe("from file\n");
  expect(await read('cmd://printf "%s" "$GIVEN"; pwd | wc -l')).toBe("from env1\n");
});

test.each([
  ["env://NOT_SET_HERE", 'secret env var not found: "NOT..."'],
  ["file://none.txt", 'failed to read secret file "none.txt": no such file or directory'],
  ["cmd://exit 3", 'failed to run secret command "exit 3": exit status 3'],
  ["plain", 'parse "plain": malformed id'],
  ["zzz://x", 'unsupported secret provider: "zzz"'],
])("%s", async (text, message) => {
  const secrets = new Secrets(openCacheFolder(scratchFolder()), scratchFolder(), { PATH: "/bin" });
  await expect(secrets.plaintext(uri(text))).rejects.toThrow(new ApiError(message));
});

test("an identity follows name and plaintext, or the cache key, and is this machine's own", async () => {
  const root = scratchFolder();
  const open = (env: NodeJS.ProcessEnv, folder = root) =>
    new Secrets(openCacheFolder(folder), "/", env);
  const identity = (value: string, folder = root, key?: string) =>
    open({ A: value }, folder).identity(uri("env://A", key));
  const one = await identity("1");
  expect(await identity("1")).toBe(one);
  expect(await identity("2")).not.toBe(one);
  expect(await identity("1", scratchFolder())).not.toBe(one);
  expect(await identity("1", root, "k")).toBe(await identity("2", root, "k"));
  const named = open({});
  expect(await named.identity(named.set("a", "x"))).not.toBe(
    await named.identity(named.set("b", "x")),
  );
  expect(statSync(join(root, "secret-key")).mode & 0o777).toBe(0o600);
});

test("a name's later value is what the older secret reads", async () => {
  const session = await testSession();
  const { data } = await session.query({ query: '{setSecret(name:"n",plaintext:"one"){id}}' });
  const { id } = (data as { setSecret: { id: string } }).setSecret;
  await session.query({ query: '{setSecret(name:"n",plaintext:"two"){id}}' });
  const again = await session.query({ query: `{loadSecretFromID(id:"${id}"){name plaintext}}` });
  expect(again.data).toEqual({ loadSecretFromID: { name: "n", plaintext: "two" } });
});

test("a name's values are told apart, though none of them is read", () => {
  const secrets = new Secrets(openCacheFolder(scratchFolder()), "/", {});
  const [one, two, again] = ["one", "two", "one"].map((value) => secrets.set("n", value));
  expect(again).toBe(one);
  expect(two).not.toBe(one);
  expect(`${one}${two}`).not.toMatch(/one|two/u);
});

test("a plaintext is written nowhere", async () => {
  const cacheRoot = scratchFolder();
  const session = await testSession({
    cacheRoot,
    env: { ...process.env, TOKEN: "hush-hush-1234" },
  });
  await session.query({ query: '{secret(uri:"env://TOKEN"){id plaintext}}' });
  await session.query({ query: '{setSecret(name:"x",plaintext:"hush-hush-5678"){id plaintext}}' });
  mkdirSync(cacheRoot, { recursive: true });
  const files = readdirSync(cacheRoot, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  const holding = files.filter((each) =>
    readFileSync(join(each.parentPath, each.name), "latin1").includes("hush-hush"),
  );
  expect(holding).toEqual([]);
});
