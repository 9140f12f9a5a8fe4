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

test.each<[string, (secret: string) => string]>([
  ["base64", (secret) => btoa(secret)],
  ["base64 after one letter", (secret) => btoa(`x${secret}`)],
  ["base64 of a login", (secret) => btoa(`robot:${secret}`)],
  ["base64 before other text", (secret) => btoa(`${secret}\n and more`)],
  ["base64 for addresses", (secret) => Buffer.from(`a:${secret}`).toString("base64url")],
  ["hexadecimal", (secret) => Buffer.from(secret).toString("hex")],
  ["hexadecimal in capitals", (secret) => Buffer.from(secret).toString("hex").toUpperCase()],
  ["part of an address", (secret) => encodeURIComponent(secret)],
  ["a form's field", (secret) => new URLSearchParams({ secret }).toString()],
  ["JSON", (secret) => JSON.stringify({ secret })],
  ["back to front", (secret) => [...secret].reverse().join("")],
])("a secret is not shown as %s either", (_name, encode) => {
  const secret = 'p4ss "word"+/?>&\\ ~ end';
  const text = encode(secret);
  const shown = scrub([Buffer.from(`before ${text} after`)], [secret]);
  expect(shown).toMatch(/^before .*\*\*\*.* after$/u);
  // What depends on the neighbours of a secret may be left, and tells a letter at most.
  expect(shown.length).toBeLessThan("before *** after".length + 20);
});

test("a long secret in the lines that base64 breaks it into", () => {
  const secret = Array.from({ length: 40 }, (_, index) => `line-${index * 7919}`).join("");
  for (const width of [64, 76]) {
    const lines = btoa(secret).replace(new RegExp(`.{${width}}`, "gu"), "$&\n");
    const shown = scrub([Buffer.from(lines)], [secret]);
    expect(shown.replaceAll("***", "").trim().length).toBeLessThan(16);
  }
});

test("a short secret is looked for as it is only", () => {
  expect(scrub([Buffer.from("abc cba YWJj 616263")], ["abc"])).toBe("*** cba YWJj 616263");
});

test("a longer secret that holds a shorter one is replaced whole", () => {
  expect(scrub([Buffer.from("token-abc-def!")], ["abc", "abc-def"])).toBe("token-***!");
});
