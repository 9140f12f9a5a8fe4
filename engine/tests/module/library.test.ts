import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

async function call(imports: string, body: string): Promise<unknown> {
  const workdir = writeModule(
    "library",
    `import { dag, object, func${imports} } from "@dagger.io/dagger";
@object()
export class Library {
  @func()
  async answer(): Promise<string> { ${body} }
}`,
  );
  const session = await testSession({ cacheRoot: await preparedCache(workdir), workdir });
  await session.loadModule(".");
  const { data, errors } = await session.query({ query: "{answer}" });
  return errors?.[0]?.extensions?.stderr ?? data;
}

test("a module that asks for a class of errors does not start, as it does not on Dagger", async () => {
  expect(await call(", ExecError", "return String(ExecError);")).toMatch(
    /does not provide an export named 'ExecError'/u,
  );
});

test("an error of the API is known by its name", async () => {
  const body = `
    try { return await dag.directory().file("none").contents(); }
    catch (error) { return (error as Error).name; }`;
  expect(await call("", body)).toEqual({ answer: "GraphQLRequestError" });
});

test("a function has no host, as it has none on Dagger", async () => {
  expect(await call("", "return typeof dag.host;")).toEqual({ answer: "undefined" });
});
