import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, galley, openSession, scratchCache } from "@kitchen/galley/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";

/*
 * A module that lives on services, secrets and a Dockerfile, as Dagger's documentation uses them.
 * Nothing in it knows of galley or Kitchen.
 */
const module = fileURLToPath(new URL("fixtures/storefront", import.meta.url));
const cache = scratchCache();
afterAll(() => cache.remove());

async function open(env: Record<string, string> = {}) {
  const session = await openSession({ module, cache, env });
  onTestFinished(() => session.close());
  await session.module();
  const ask = (text: string) => session.query(text).catch((error: Error) => error.message);
  /** A secret as the command line gives it. */
  const secret = async (uri: string) => {
    const { address } = (await ask(`{address(value:"${uri}"){secret{id}}}`)) as {
      address: { secret: { id: string } };
    };
    return `"${address.secret.id}"`;
  };
  return { session, ask, secret };
}

test("services of services; where one is found, from the engine and a step", async () => {
  const { session, ask } = await open();
  expect(await ask("{today whereabouts}")).toEqual({
    today: "Today: pears\n",
    whereabouts: ["true", "stock:8080", "8080", "apples"],
  });
  expect(session.executed("service").sort()).toEqual([
    "service httpd -f -h /srv",
    "service httpd -f -p 8080 -h /srv",
    "service httpd -f -p 8080 -h /srv",
  ]);
});

test("a service that is stopped leaves what it wrote into a volume", async () => {
  const { ask } = await open();
  for (const customer of ["ann", "bob"]) {
    expect(await ask(`{bookkeeping(customer:"${customer}")}`)).toEqual({
      bookkeeping: `${customer} came\n`,
    });
  }
});

test("a server of the machine is a service, given as tcp://", async () => {
  const server = createServer(({ url }, response) => response.end(`next door at ${url}`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const args = ["call", "neighbour", `--shop=tcp://localhost:${port}`, "--path=/tea"];
  const { exitCode, stdout } = await galley(args, { cwd: module, cache });
  expect([exitCode, stdout]).toEqual([0, "next door at /tea"]);
});

test("a service is led to from the machine until it is interrupted", async () => {
  const stop = new AbortController();
  const port = await freePort();
  const args = ["call", "stock", "--goods=figs", "up", `--ports=${port}:8080`];
  const running = galley(args, { cwd: module, cache, signal: stop.signal });
  const page = () => fetch(`http://localhost:${port}/stock.txt`).then((answer) => answer.text());
  await expect.poll(() => page().catch(() => ""), { timeout: 60_000 }).toBe("figs");
  stop.abort();
  expect((await running).exitCode).toBe(null);
});

test("secrets from variables, files and commands open the vault, and are shown nowhere", async () => {
  const { session, ask, secret } = await open({ WORD: "sesame-from-env", OTHER: "wrong-word" });
  const word = await secret("env:WORD");
  const right = "0: gold\n***";
  expect(await ask(`{open(password:${word})}`)).toEqual({ open: right });
  const tried = await ask(`{open(password:${word},attempt:${await secret("env:OTHER")})}`);
  expect(tried).toEqual({ open: "1: \n***" });
  const path = join(cache.path, "word");
  writeFileSync(path, "sesame-from-file");
  expect(await ask(`{open(password:${await secret(`file:${path}`)})}`)).toEqual({ open: right });
  const command = await secret("cmd:printf sesame-%s from-env");
  expect(await ask(`{open(password:${word},attempt:${command})}`)).toEqual({ open: right });
  expect(JSON.stringify(session.activities())).not.toMatch(/sesame|wrong-word/u);
});

test("a Dockerfile of stages, arguments and a secret makes an image that serves", async () => {
  const { session, ask, secret } = await open({ KEY: "key-of-the-stamp", NEXT: "another-key" });
  const key = await secret("env:KEY");
  const built = (await ask(
    `{image(key:${key},edition:"spring"){id user exposedPorts{port} entrypoint defaultArgs label(name:"org.opencontainers.image.title") directory(path:"/srv"){entries} edition:file(path:"/srv/edition.txt"){contents} stamp:file(path:"/srv/stamp.txt"){contents}}}`,
  )) as { image: { id: string; stamp: { contents: string } } };
  expect(built).toEqual({
    image: {
      id: expect.stringMatching(/^Container@/u),
      user: "65534",
      exposedPorts: [{ port: 8000 }],
      entrypoint: ["httpd", "-f", "-p", "8000"],
      defaultArgs: ["-h", "/srv"],
      label: "storefront",
      directory: { entries: ["edition.txt", "index.html", "stamp.txt"] },
      edition: { contents: "edition spring\n" },
      stamp: { contents: expect.stringMatching(/^[0-9a-f]{64}\n$/u) },
    },
  });
  expect(await ask(`{page(image:"${built.image.id}",name:"index.html")}`)).toEqual({
    page: "<h1>Shop</h1>\n",
  });
  // Nobody asks for the stage "list", and another key makes another stamp.
  expect(session.executed("step").join("\n")).not.toContain("list.txt");
  const other = (await ask(
    `{image(key:${await secret("env:NEXT")},edition:"spring"){file(path:"/srv/stamp.txt"){contents}}}`,
  )) as { image: { file: { contents: string } } };
  expect(other.image.file.contents).not.toBe(built.image.stamp.contents);
  expect(JSON.stringify(session.activities())).not.toMatch(/key-of-the-stamp|another-key/u);
});

test("a target, what .dockerignore leaves, a Dockerfile from elsewhere, builds that fail", async () => {
  const { session, ask } = await open();
  expect(await ask("{listing}")).toEqual({ listing: ["./pages/README.md", "./pages/index.html"] });
  const dag = await session.dag();
  const dockerfile = async (...lines: string[]) => {
    const text = ["FROM alpine:3.22", ...lines].join("\n");
    return `"${await dag.directory().withNewFile("d", text).file("d").id()}"`;
  };
  const copying = await dockerfile("COPY pages /p", "RUN ls /p > /result.txt");
  expect(await ask(`{other(dockerfile:${copying})}`)).toEqual({ other: "README.md\nindex.html\n" });
  const failing = await dockerfile("RUN echo so far; echo no further >&2; exit 9");
  const failed = session.query(`{other(dockerfile:${failing})}`);
  await expect(failed).rejects.toMatchObject({
    message: expect.stringMatching(/exit code: 9$/u),
    stdout: "so far",
    stderr: "no further",
  });
  const { exitCode, stderr } = await galley(["call", "image"], { cwd: module, cache });
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('required flag(s) "key" not set'),
  ]);
});
