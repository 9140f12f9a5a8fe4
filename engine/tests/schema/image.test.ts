import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  type Registry,
  type RegistryOptions,
  registryLogin,
  startRegistry,
} from "../../src/testing/registry.ts";
import { scratchFolder, testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";
import { busybox, exec, newFile, variable } from "./busybox.ts";

const registries: Registry[] = [];
afterAll(() => {
  for (const registry of registries) registry.stop();
});

async function registry(options?: RegistryOptions): Promise<Registry> {
  const started = await startRegistry(options);
  registries.push(started);
  return started;
}

/** Files in memory that hold a login at a registry; other tests have theirs. */
function loginsAt(address: string): string[] {
  return readdirSync("/dev/shm").filter((name) => {
    if (!name.startsWith("galley-auth-")) return false;
    try {
      return readFileSync(join("/dev/shm", name, "auth.json"), "utf8").includes(address);
    } catch {
      return false;
    }
  });
}

/** The files of an image archive's layers, lowest first. */
function layersOf(archive: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  try {
    execFileSync("tar", ["-xf", archive, "-C", folder]);
    const read = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8"));
    const blob = (digest: string) => join("blobs/sha256", digest.replace("sha256:", ""));
    const { manifests } = read("index.json");
    const { layers } = read(blob(manifests[0].digest));
    return layers.map(({ digest }: { digest: string }) =>
      execFileSync("tar", ["-tf", join(folder, blob(digest))], { encoding: "utf8" })
        .trim()
        .split("\n"),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("each step is a layer; what it deletes or replaces is marked as images have it", async () => {
  const { run } = await busybox();
  const target = join(scratchFolder(), "image.tar");
  const script = "mkdir -p /d/old && echo 1 > /d/old/f && echo 2 > /gone";
  const change = "rm -rf /gone /d/old && mkdir /d/old && echo 3 > /d/old/g";
  const image = [exec(script), exec(change)];
  expect(await run(...image, `export(path:${JSON.stringify(target)})`)).toBe(target);
  const layers = layersOf(target);
  expect(layers).toHaveLength(4);
  expect(layers.at(-2)?.sort()).toEqual(["./", "./d/", "./d/old/", "./d/old/f", "./gone"]);
  expect(layers.at(-1)?.sort()).toEqual([
    "./",
    "./.wh.gone",
    "./d/",
    "./d/old/",
    "./d/old/.wh..wh..opq",
    "./d/old/g",
  ]);
  const source = `{host{file(path:${JSON.stringify(target)}){id}}}`;
  const { session } = await busybox();
  const file = leaf(await ask(source, session));
  const read = `{container{import(source:"${file}"){withExec(args:["/bin/sh","-c","ls /d /d/old"]){stdout}}}}`;
  expect(leaf(await ask(read, session))).toBe("/d:\nold\n\n/d/old:\ng\n");
});

test("an archive is made once, and the same again as long as its layers are kept", async () => {
  const { run } = await busybox();
  const image = [newFile("/a", "1"), variable("A", "1")];
  const digest = () => run(...image, "asTarball", "digest");
  expect(await digest()).toBe(await digest());
  expect(await run(newFile("/a", "1"), variable("A", "2"), "asTarball", "digest")).not.toBe(
    await digest(),
  );
});

test("secrets, mounts and volatile variables are no part of an image", async () => {
  const { session, run } = await busybox();
  const secret = leaf(await ask('{setSecret(name:"s",plaintext:"pl41n-s3cret"){id}}', session));
  const target = join(scratchFolder(), "image.tar");
  const exported = await run(
    `withSecretVariable(name:"S",secret:"${secret}")`,
    `withMountedSecret(path:"/mounted-secret",source:"${secret}")`,
    'withVolatileVariable(name:"V",value:"volatile-value")',
    exec("cat /mounted-secret > /dev/null"),
    `export(path:${JSON.stringify(target)},forcedCompression:Uncompressed)`,
  );
  expect(exported).toBe(target);
  const bytes = readFileSync(target);
  expect(bytes.includes("pl41n-s3cret")).toBe(false);
  expect(bytes.includes("volatile-value")).toBe(false);
  expect(bytes.includes("mounted-secret")).toBe(false);
});

test("a login is needed, is refused when it is wrong, and leaves its password nowhere", async () => {
  const { address } = await registry({ withLogin: true });
  const cacheRoot = scratchFolder();
  const { session, run } = await busybox(cacheRoot);
  const login = async (password: string) => {
    const id = leaf(await ask(`{setSecret(name:"p",plaintext:"${password}"){id}}`, session));
    return `withRegistryAuth(address:"${address}",username:"${registryLogin.username}",secret:"${id}")`;
  };
  const publish = `publish(address:"${address}/team/app:1")`;
  expect(await run(newFile("/a", "1"), publish)).toMatch(
    /failed to publish 127\.0\.0\.1:\d+\/team\/app:1: .*(?:unauthorized|authentication required)/su,
  );
  expect(await run(newFile("/a", "1"), await login("wrong-password"), publish)).toMatch(
    /failed to publish .*(?:unauthorized|authentication required)/su,
  );
  expect(await run(newFile("/a", "1"), await login("right-password"), publish)).toMatch(
    /^127\.0\.0\.1:\d+\/team\/app:1@sha256:[0-9a-f]{64}$/u,
  );
  const { session: other } = await busybox();
  const id = leaf(await ask('{setSecret(name:"p",plaintext:"right-password"){id}}', other));
  const read = `from(address:"${address}/team/app:1"){file(path:"/a"){contents}}`;
  expect(await ask(`{container{${read}}}`, other)).toContain("failed to resolve image");
  const auth = `withRegistryAuth(address:"${address}",username:"${registryLogin.username}",secret:"${id}")`;
  expect(leaf(await ask(`{container{${auth}{${read}}}}`, other))).toBe("1");
  expect(leaks(cacheRoot, "right-password")).toEqual([]);
  expect(loginsAt(address)).toEqual([]);
});

test("what galley does not do with images is refused by name", async () => {
  const { run } = await busybox();
  expect(await run("asTarball(forcedCompression:Zstd)", "size")).toBe(
    "galley does not have forcedCompression: Zstd: it packs layers as Gzip or Uncompressed",
  );
  const { address } = await registry();
  expect(await run(`publish(address:"${address}/a b")`)).toBe(
    `invalid reference format: "${address}/a b"`,
  );
});

function leaks(root: string, text: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(root, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() && stat.size < 1 << 20 && readFileSync(path).includes(text);
  });
}

test("containers of several platforms are published and archived as one image", async () => {
  const { address } = await registry();
  const session = await testSession();
  const made = async (platform: string, fields: string) =>
    leaf(await ask(`{container(platform:"${platform}"){${fields}}}`, session)) as string;
  const file = (text: string) => `withNewFile(path:"/arch",contents:"${text}"){id}`;
  const ids = [
    await made("linux/arm64", file("arm")),
    await made("linux/amd64", file("amd")),
    await made("linux/arm/v7", file("old arm")),
  ];
  const variants = `platformVariants:${JSON.stringify(ids)}`;
  const reference = `${address}/many:1`;
  const published = await made("linux/amd64", `publish(address:"${reference}",${variants})`);
  expect(published).toMatch(/many:1@sha256:[0-9a-f]{64}$/u);
  const answer = await fetch(`http://${address}/v2/many/manifests/${published.split("@")[1]}`, {
    headers: { accept: "application/vnd.oci.image.index.v1+json" },
  });
  expect(await answer.json()).toMatchObject({
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      { platform: { os: "linux", architecture: "arm64" } },
      { platform: { os: "linux", architecture: "amd64" } },
      { platform: { os: "linux", architecture: "arm", variant: "v7" } },
    ],
  });
  const read = `from(address:"${published}"){file(path:"/arch"){contents}}`;
  expect(await made("linux/arm64", read)).toBe("arm");
  expect(await made("linux/amd64", read)).toBe("amd");
  const target = join(scratchFolder(), "many.tar");
  expect(await made("linux/amd64", `export(path:"${target}",${variants})`)).toBe(target);
  expect(execFileSync("tar", ["-tf", target], { encoding: "utf8" })).toContain("./index.json");
  const twice = `withNewFile(path:"/arch",contents:""){publish(address:"${reference}",${variants})}`;
  expect(await ask(`{container(platform:"linux/arm64"){${twice}}}`, session)).toBe(
    'duplicate platform "linux/arm64"',
  );
});

test("a service of the session is the registry of an image, and of no other service's images", async () => {
  const { session, run } = await busybox();
  const lib = "/lib/x86_64-linux-gnu";
  const libraries = leaf(
    await ask(
      `{host{directory(path:"${lib}",include:["libc.so.6","ld-linux-x86-64.so.2"]){id}}}`,
      session,
    ),
  );
  const program = leaf(await ask('{host{file(path:"/usr/bin/docker-registry"){id}}}', session));
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: "/data" } },
    http: { addr: ":5000" },
  };
  const registryNamed = (which: string) =>
    run(
      `withDirectory(path:"${lib}",source:"${libraries}")`,
      `withDirectory(path:"/lib64",source:"${libraries}")`,
      `withFile(path:"/registry",source:"${program}")`,
      `withNewFile(path:"/r.yml",contents:${JSON.stringify(JSON.stringify(config))})`,
      variable("WHICH", which),
      "withExposedPort(port:5000)",
      'asService(args:["/registry","serve","/r.yml"])',
      "id",
    );
  const [one, other] = [await registryNamed("one"), await registryNamed("other")];
  const address = "registry.test:5000/team/hello:1";
  const publish = (text: string, id: unknown) =>
    run(newFile("/hello.txt", text), `publish(address:"${address}",registryService:"${id}")`);
  const pull = (id: unknown) =>
    ask(
      `{container{from(address:"${address}",registryService:"${id}"){imageRef file(path:"/hello.txt"){contents}}}}`,
      session,
    );
  expect(await publish("from one", one)).toMatch(/^registry\.test:5000\/team\/hello:1@sha256:/u);
  expect(await pull(one)).toMatchObject({
    container: {
      from: {
        imageRef: expect.stringMatching(/^registry\.test:5000\/team\/hello:1@sha256:/u),
        file: { contents: "from one" },
      },
    },
  });
  expect(await pull(other)).toMatch(/registry\.test:5000\/team\/hello:1: not found$/u);
  await publish("from the other", other);
  expect(await pull(other)).toMatchObject({
    container: { from: { file: { contents: "from the other" } } },
  });
});
