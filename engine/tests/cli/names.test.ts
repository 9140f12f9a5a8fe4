import { expect, test } from "vitest";
import { kebab } from "../../src/cli/names.ts";

test.each([
  ["str", "str"],
  ["camelCaseName", "camel-case-name"],
  ["aURL", "a-url"],
  ["URLOfThing", "url-of-thing"],
  ["sha256Sum", "sha-256-sum"],
  ["snake_case", "snake-case"],
  ["already-kebab", "already-kebab"],
])("%s is %s on the command line", (name, expected) => {
  expect(kebab(name)).toBe(expected);
});
