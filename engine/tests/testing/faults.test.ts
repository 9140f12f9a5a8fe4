import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  type Fault,
  openSession,
  registryLogin,
  scratchCache,
  startFaultProxy,
  startRegistry,
} from "../../src/testing/index.ts";
import { scratchFolder } from "../server/open.ts";

const server = createServer((asked, answer) => {
  asked.resume();
  asked.on("end", () => answer.end("0123456789".repeat(1000)));
});
let address: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** What a client is told through a fault. */
async function told(fault: Fault, method = "GET"): Promise<string> {
  const proxy = await startFaultProxy(address, () => fault);
  try {
    const limit = AbortSignal.timeout(fault === "hang" ? 500 : 60_000);
    const body = method === "GET" ? {} : { method, body: "x".repeat(1_000_000) };
    const answer = await fetch(`http://${proxy.address}/`, { ...body, signal: limit });
    const text = await answer.text();
    expect(proxy.faults()).toBe(fault === "pass" ? 0 : 1);
    return `${answer.status} ${text.slice(0, 12)}`;
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? "nothing" : "broken off";
  } finally {
    proxy.close();
  }
}

test.each<[Fault, string, told: string]>([
  ["pass", "GET", "200 012345678901"],
  ["500", "GET", "500 "],
  ["503", "GET", "503 "],
  ["drop", "GET", "broken off"],
  ["cut", "GET", "broken off"],
  ["cut", "PUT", "broken off"],
  ["hang", "GET", "nothing"],
  ["slow", "GET", "200 012345678901"],
  ["corrupt", "GET", "200  12345678901"],
  ["html", "GET", "200 <html>Please"],
])("%s of a %s", async (fault, method, expected) => {
  expect(await told(fault, method)).toBe(expected);
});

test("a registry asks for a login, and keeps its files where it is told to", async () => {
  const folder = scratchCache();
  const registry = await startRegistry({ withLogin: true, folder: folder.path });
  onTestFinished(() => {
    registry.stop();
    folder.remove();
  });
  const { username, password } = registryLogin;
  const asked = (login: string) =>
    fetch(`http://${registry.address}/v2/`, {
      headers: { authorization: `Basic ${btoa(login)}` },
    }).then(({ status }) => status);
  expect(await asked(`${username}:wrong`)).toBe(401);
  expect(await asked(`${username}:${password}`)).toBe(200);
});

/** Runs a step on busybox's image with a cache folder that borrows; the image's files there. */
async function imageIn(borrowFrom: string, size?: string) {
  const cache = scratchCache({ borrowFrom, ...(size ? { size } : {}) });
  onTestFinished(() => cache.remove());
  const session = await openSession({ cache });
  const dag = await session.dag();
  const said = await dag.container().from("alpine:3").withExec(["echo", "here"]).stdout();
  expect(said).toBe("here\n");
  const layers = join(cache.path, "layers");
  const files = readdirSync(layers).map((layer) => join(layers, layer, "bin/busybox"));
  await session.close();
  const [busybox = ""] = files.filter(existsSync);
  return { cache, busybox: lstatSync(busybox), notices: session.notices() };
}

test("an image is taken from another cache folder, by links or as a copy, and not made again", async () => {
  const lender = await imageIn(join(scratchFolder(), "nothing"));
  const isBuilt = (notices: readonly string[]) => notices.some((text) => /built in/u.test(text));
  expect(isBuilt(lender.notices)).toBe(true);
  const linked = await imageIn(lender.cache.path);
  expect(isBuilt(linked.notices)).toBe(false);
  expect(linked.busybox.ino).toBe(lender.busybox.ino);
  const copied = await imageIn(lender.cache.path, "32m");
  expect(isBuilt(copied.notices)).toBe(false);
  expect(copied.busybox.dev).not.toBe(lender.busybox.dev);
  // One that lost its layer lends nothing.
  rmSync(join(lender.cache.path, "layers"), { recursive: true });
  expect(isBuilt((await imageIn(lender.cache.path)).notices)).toBe(true);
});

test("a cache folder of limited size is full when it is, and can be given room", () => {
  const cache = scratchCache({ size: "1m" });
  onTestFinished(() => cache.remove());
  const write = (size: number) => writeFileSync(join(cache.path, "file"), Buffer.alloc(size));
  expect(() => write(2_000_000)).toThrow("ENOSPC");
  cache.resize("4m");
  write(2_000_000);
  const free = scratchCache();
  expect(() => free.resize("1m")).toThrow("without a size");
  free.remove();
  expect(existsSync(free.path)).toBe(false);
});
