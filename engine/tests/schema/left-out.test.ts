import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

test("a field of Dagger's that galley lacks is refused by its name", async () => {
  expect(await ask("{llm{id}}")).toBe(
    "galley does not have Query.llm: galley serves no language models; engine/SUPPORTED.md lists what it has",
  );
  expect(await ask("{container{terminal{id}}}")).toMatch(
    /^galley does not have Container\.terminal: /u,
  );
  expect(await ask("{container{zzzz}}")).toBe('Cannot query field "zzzz" on type "Container".');
});

test("an argument of Dagger's that galley lacks is refused by its name", async () => {
  const session = await testSession();
  const id = leaf(await ask("{directory{id}}", session));
  const query = `{container{from(address:"x",registryService:"${id}"){id}}}`;
  expect(await ask(query, session)).toBe(
    "galley does not have Container.from(registryService:): a registry in a service has its name among containers only: use one of the network; engine/SUPPORTED.md lists what it has",
  );
  expect(
    await ask('{container{withExec(args:["x"],experimentalPrivilegedNesting:true){id}}}'),
  ).toMatch(/^galley does not have Container\.withExec\(experimentalPrivilegedNesting:\): /u);
});
