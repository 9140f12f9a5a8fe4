import fc from "fast-check";
import { expect, test } from "vitest";
import { Scrubber } from "../../src/runner/scrub.ts";

function scrub(chunks: readonly Buffer[], secrets: readonly string[]): string {
  const scrubber = new Scrubber(secrets.map((each) => Buffer.from(each)));
  const shown = chunks.map((chunk) => scrubber.push(chunk));
  return Buffer.concat([...shown, scrubber.end()]).toString("utf8");
}

test("however output arrives in pieces, what is shown is the same and holds no secret", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "s"), minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 3 }),
      fc.string({ unit: fc.constantFrom("a", "b", "s"), maxLength: 60 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (secrets, text, cuts) => {
        const bytes = Buffer.from(text);
        const at = [0, ...[...cuts].sort((one, other) => one - other), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const whole = scrub([bytes], secrets);
        expect(scrub(pieces, secrets)).toBe(whole);
        for (const secret of secrets) expect(whole).not.toContain(secret);
      },
    ),
  );
});

test("a longer secret that holds a shorter one is replaced whole", () => {
  expect(scrub([Buffer.from("token-abc-def!")], ["abc", "abc-def"])).toBe("token-***!");
});
