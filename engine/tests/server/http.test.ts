import { request } from "node:http";
import { expect, test } from "vitest";
import { testSession } from "./open.ts";

async function server() {
  const session = await testSession();
  const { port, token } = await session.listen();
  return (path: string, init: RequestInit & { token?: string | null } = {}) => {
    const { token: given = token, ...rest } = init;
    return fetch(`http://127.0.0.1:${port}${path}`, {
      ...rest,
      headers: {
        ...(given === null ? {} : { authorization: `Basic ${btoa(`${given}:`)}` }),
        ...rest.headers,
      },
    });
  };
}

const json = { "content-type": "application/json" };
const version = JSON.stringify({ query: "{version}" });

test("a request with the token is answered as JSON", async () => {
  const send = await server();
  const response = await send("/query", { method: "POST", headers: json, body: version });
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    200,
    "application/json",
    '{"data":{"version":"v0.21.8"}}',
  ]);
});

test.each([
  ["no token", null],
  ["a wrong one", "0".repeat(32)],
])("401 for %s", async (_name, token) => {
  const send = await server();
  const response = await send("/query", { method: "POST", headers: json, body: version, token });
  expect([response.status, await response.text()]).toEqual([401, ""]);
});

test.each<[string, string, RequestInit, number, string]>([
  [
    "another path",
    "/",
    { method: "POST", headers: json, body: version },
    404,
    "404 page not found\n",
  ],
  ["OPTIONS", "/query", { method: "OPTIONS" }, 200, ""],
  [
    "GET",
    "/query?query=%7Bversion%7D",
    { method: "GET" },
    422,
    '{"errors":[{"message":"no operation provided","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}],"data":null}',
  ],
  [
    "another content type",
    "/query",
    { method: "POST", headers: { "content-type": "text/plain" }, body: version },
    400,
    '{"errors":[{"message":"transport not supported"}],"data":null}',
  ],
  [
    "a batch",
    "/query",
    { method: "POST", headers: json, body: "[]" },
    400,
    '{"errors":[{"message":"json request body could not be decoded: json: cannot unmarshal array into Go value of type graphql.RawParams body:[]"}],"data":null}',
  ],
])("%s", async (_name, path, init, status, body) => {
  const send = await server();
  const response = await send(path, init);
  expect([response.status, await response.text()]).toEqual([status, body]);
});

test("two listeners of one session have tokens of their own", async () => {
  const session = await testSession();
  const [one, other] = [await session.listen(), await session.listen()];
  expect(one.port).toBe(other.port);
  expect(one.token).not.toBe(other.token);
});

/** What fetch does not let a program say: headers as a browser or a rebound name would send them. */
async function raw(
  headers: Record<string, string>,
  write: (sent: ReturnType<typeof request>) => void = (sent) => void sent.end(version),
): Promise<{ status: number | undefined; body: string }> {
  const session = await testSession();
  const { port, token } = await session.listen();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: "127.0.0.1",
        path: "/query",
        method: "POST",
        headers: { ...json, authorization: `Basic ${btoa(`${token}:`)}`, ...headers },
      },
      (response) => {
        let body = "";
        response.on("data", (text) => {
          body += text;
        });
        response.on("end", () => resolve({ status: response.statusCode, body }));
      },
    );
    sent.on("error", reject);
    write(sent);
  });
}

test.each([
  [
    "a page's request, token and all",
    { origin: "http://evil.example" },
    "requests of web pages are refused (Origin: http://evil.example)\n",
  ],
  [
    "a page without an origin",
    { origin: "null" },
    "requests of web pages are refused (Origin: null)\n",
  ],
  [
    "a name that was rebound to loopback",
    { host: "evil.example:8080" },
    'a session is asked at 127.0.0.1 or localhost, not at "evil.example:8080"\n',
  ],
  [
    "a name that begins like loopback",
    { host: "127.0.0.1.evil.example" },
    'a session is asked at 127.0.0.1 or localhost, not at "127.0.0.1.evil.example"\n',
  ],
])("403 for %s", async (_name, headers, body) => {
  expect(await raw(headers)).toEqual({ status: 403, body });
});

test.each(["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:2"])(
  "%s is this machine",
  async (host) => {
    expect((await raw({ host })).status).toBe(200);
  },
);

const tooLarge =
  '{"errors":[{"message":"request body is larger than 134217728 bytes"}],"data":null}';

test("413 for a body that is announced as too large, before it is sent", async () => {
  const answer = await raw({ "content-length": `${200 * 1024 * 1024}` }, (sent) =>
    sent.flushHeaders(),
  );
  expect(answer).toEqual({ status: 413, body: tooLarge });
});

test("one whose length nobody announced is not read to its end", async () => {
  let sentMegabytes = 0;
  const answer = raw({ "transfer-encoding": "chunked" }, async (sent) => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    let closed = false;
    const close = new Promise((resolve) => sent.once("close", resolve)).then(() => {
      closed = true;
    });
    for (; sentMegabytes < 400 && !closed; sentMegabytes++) {
      if (sent.write(chunk)) continue;
      await Promise.race([new Promise((resolve) => sent.once("drain", resolve)), close]);
    }
  });
  // Who goes on writing may see the connection closed before it sees the answer.
  const outcome = await answer.catch((error: NodeJS.ErrnoException) => error.code);
  expect([{ status: 413, body: tooLarge }, "EPIPE", "ECONNRESET"]).toContainEqual(outcome);
  expect(sentMegabytes).toBeLessThan(200);
});
