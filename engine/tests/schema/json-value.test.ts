import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";

async function json(contents: string, fields: string, session?: Asking) {
  const value = `withContents(contents:${JSON.stringify(contents)})`;
  const answer = await ask(`{json{${value}{${fields}}}}`, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

test("a value is read as what it is, and refused as anything else", async () => {
  expect(await json('"a<b"', "asString")).toBe("a<b");
  expect(await json("12", "asInteger")).toBe(12);
  expect(await json("true", "asBoolean")).toBe(true);
  expect(await json("[]", "asString")).toBe(
    "json: cannot unmarshal array into Go value of type string",
  );
  expect(await json("1.5", "asInteger")).toBe(
    "json: cannot unmarshal number 1.5 into Go value of type int",
  );
  expect(await json("1", "asBoolean")).toBe("value is not a boolean");
  expect(await json("{}", "asArray{contents}")).toBe("value is not an array");
  expect(await json("[]", "fields")).toBe("value is not an object");
  expect(await json("{", "contents")).toMatch(/^invalid JSON: /u);
});

test("fields are found by their path, and set at one", async () => {
  const object = '{"a":{"b":[{"c":"<"}]},"z":1}';
  expect(await json(object, 'field(path:["a","b"]){contents}')).toBe('[{"c":"\\u003c"}]');
  expect(await json(object, 'field(path:["a","x"]){contents}')).toBe("no such field: 'x'");
  expect(await json(object, 'field(path:["z","x"]){contents}')).toBe(
    "can't lookup field 'x' in non-object value",
  );
  expect(await json(object, 'field(path:["__proto__"]){contents}')).toBe(
    "no such field: '__proto__'",
  );
  const session = await testSession();
  const seven = leaf(await ask("{json{newInteger(value:7){id}}}", session));
  const set = `withField(path:["z","y","x"],value:"${seven}"){contents}`;
  expect(await json(object, set, session)).toBe('{"a":{"b":[{"c":"\\u003c"}]},"z":{"y":{"x":7}}}');
});
