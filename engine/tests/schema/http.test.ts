import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";

type Answers = Readonly<Record<string, (request: IncomingMessage, answer: ServerResponse) => void>>;

/** A web server of these answers, by path, and the requests it was sent. */
async function web(answers: Answers) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, answer) => {
    asked.push(request);
    answers[request.url ?? ""]?.(request, answer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { asked, at: `http://127.0.0.1:${port}` };
}

async function fetched(session: Asking, url: string, fields = "contents", more = "") {
  const answer = await ask(`{http(url:${JSON.stringify(url)}${more}){${fields}}}`, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

test("what is unchanged is not sent again in a later session", async () => {
  const { asked, at } = await web({
    "/tagged": ({ headers }, answer) => {
      answer.setHeader("etag", '"v1"');
      if (headers["if-none-match"] === '"v1"') answer.writeHead(304).end();
      else answer.end("tagged");
    },
    "/dated": ({ headers }, answer) => {
      answer.setHeader("last-modified", "Tue, 03 Mar 2026 10:00:00 GMT");
      if (headers["if-modified-since"]) answer.writeHead(304).end();
      else answer.end("dated");
    },
    "/plain": (_request, answer) => answer.end(`asked ${asked.length}`),
  });
  const cacheRoot = scratchFolder();
  const first = await testSession({ cacheRoot });
  const second = await testSession({ cacheRoot });
  for (const session of [first, second]) {
    expect(await fetched(session, `${at}/tagged`)).toBe("tagged");
    expect(await fetched(session, `${at}/dated`)).toBe("dated");
  }
  expect(asked.map(({ headers }) => headers["if-none-match"] ?? "")).toEqual(["", "", '"v1"', ""]);
  expect(await fetched(first, `${at}/plain`)).toBe("asked 5");
  expect(await fetched(first, `${at}/plain`)).toBe("asked 5");
  expect(await fetched(second, `${at}/plain`)).toBe("asked 6");
});

test("a checksum is held against what was sent", async () => {
  const { at } = await web({ "/x": (_request, answer) => answer.end("x") });
  const session = await testSession();
  const right = `sha256:${createHash("sha256").update("x").digest("hex")}`;
  const check = (checksum: string) =>
    fetched(session, `${at}/x`, "contents", `,checksum:"${checksum}"`);
  expect(await check(right)).toBe("x");
  expect(await check(right.replace(/.$/u, (last) => (last === "0" ? "1" : "0")))).toMatch(
    /^http checksum mismatch: expected sha256:\w+, got sha256:\w+$/u,
  );
  expect(await check("sha256:abc")).toBe(
    'invalid checksum "sha256:abc": invalid checksum digest length',
  );
  expect(await check(`md5:${"0".repeat(32)}`)).toMatch(/unsupported digest algorithm$/u);
});

test("a header with a secret goes to the address alone; its answer is for this session", async () => {
  const other = await web({
    "/y": ({ headers }, answer) => answer.end(`${headers.authorization}`),
  });
  const { asked, at } = await web({
    "/x": (_request, answer) => answer.writeHead(302, { location: `${other.at}/y` }).end(),
    "/z": ({ headers }, answer) => {
      answer.setHeader("etag", '"v1"');
      answer.end(`${headers.authorization === "Bearer t0ken"}`);
    },
  });
  const cacheRoot = scratchFolder();
  for (const session of [await testSession({ cacheRoot }), await testSession({ cacheRoot })]) {
    const made = await ask('{setSecret(name:"t",plaintext:"Bearer t0ken"){id}}', session);
    const header = `,authHeader:"${leaf(made)}"`;
    expect(await fetched(session, `${at}/x`, "contents", header)).toBe("undefined");
    expect(await fetched(session, `${at}/z`, "contents", header)).toBe("true");
    expect(JSON.stringify(session.happened)).not.toContain("t0ken");
  }
  expect(asked.filter(({ headers }) => headers["if-none-match"])).toEqual([]);
});

test("what fails says what and why; nothing of half an answer is kept", async () => {
  const { at } = await web({
    "/half": (_request, answer) => {
      answer.writeHead(200, { "content-length": "100" }).write("half of i");
      setTimeout(() => answer.destroy(), 50);
    },
    "/round": (_request, answer) => answer.writeHead(302, { location: "/round" }).end(),
  });
  const session = await testSession();
  expect(await fetched(session, `${at}/half`)).toBe(
    `Get "${at}/half": ended after 9 bytes: other side closed`,
  );
  expect(await fetched(session, `${at}/round`)).toBe(`Get "${at}/round": it redirects to itself`);
  const login = ["me", "pass"].join(":");
  expect(await fetched(session, `http://${login}@no-such-host.invalid/x`)).toBe(
    'Get "http://me:***@no-such-host.invalid/x": dial tcp: lookup no-such-host.invalid: no such host',
  );
  expect(await fetched(session, "nothing")).toBe('Get "nothing": it is no URL');
  expect(JSON.stringify(session.happened)).not.toContain("pass@");
});
