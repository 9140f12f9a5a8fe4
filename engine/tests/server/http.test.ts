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
