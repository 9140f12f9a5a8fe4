import { expect, test } from "vitest";
import { ask } from "./ask.ts";

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
  expect(
    await ask('{container{withExec(args:["x"],experimentalPrivilegedNesting:true){id}}}'),
  ).toMatch(/^galley does not have Container\.withExec\(experimentalPrivilegedNesting:\): /u);
});
