import { expect, test } from "vitest";
import { casesOn } from "./cases-on.ts";
import { daggerApi, galleyTypes, hasCorpus } from "./corpus.ts";
import { supportedText } from "./supported.ts";

// Without the recorded conversations there is nothing to count.
test.skipIf(!hasCorpus)("engine/SUPPORTED.md is current (npm run supported)", async () => {
  const text = supportedText(casesOn);
  expect(text).not.toMatch(/no reason is given|undefined/u);
  await expect(text).toMatchFileSnapshot("../../engine/SUPPORTED.md");
});

test("galley has no field and no argument that Dagger has not", () => {
  const own = [...galleyTypes.values()].flatMap(({ name: type, fields }) =>
    Object.entries(fields).flatMap(([field, { args }]) => {
      const known = daggerApi.get(type)?.get(field);
      if (!known) return [`${type}.${field}`];
      return Object.keys(args)
        .filter((arg) => !known.includes(arg))
        .map((arg) => `${type}.${field}(${arg}:)`);
    }),
  );
  expect(own).toEqual([]);
});
