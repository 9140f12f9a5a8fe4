import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDockerfile } from "../../src/images/dockerfile/dockerfile.ts";
import { expandText, expandWord, splitWords } from "../../src/images/dockerfile/words.ts";

const read = (source: string) =>
  parseDockerfile(source).instructions.map(({ line, keyword, flags, text, json, heredocs }) => [
    line,
    keyword,
    ...(flags.length > 0 ? [flags.map(({ name, value }) => `${name}=${value}`)] : []),
    json ?? text,
    ...heredocs.map(({ name, content, expand }) => ({ [name]: content, expand })),
  ]);

describe("instructions", () => {
  test("lines are joined, comments and empty lines among them go, numbers are the first line's", () => {
    const source = [
      "# a comment",
      "from base as one",
      "",
      'RUN echo "a b" \\',
      "  # in between",
      "",
      "  && echo c  \\  ",
      "  && echo d",
      "  LABEL a=b",
    ].join("\n");
    expect(read(source)).toEqual([
      [2, "FROM", "base as one"],
      [4, "RUN", 'echo "a b"   && echo c    && echo d'],
      [9, "LABEL", "a=b"],
    ]);
  });

  test("flags, the exec form, and text that only looks like it", () => {
    const source = [
      "FROM --platform=linux/amd64 base",
      'COPY --from=build --chown=1:2 ["a b", "c/"]',
      "CMD [ 'single' ]",
      'HEALTHCHECK --interval=5s CMD ["ok"]',
      "RUN --mount=type=cache,target=/c --network=default make --all",
    ].join("\n");
    expect(read(source)).toEqual([
      [1, "FROM", ["platform=linux/amd64"], "base"],
      [2, "COPY", ["from=build", "chown=1:2"], ["a b", "c/"]],
      [3, "CMD", "[ 'single' ]"],
      [4, "HEALTHCHECK", ["interval=5s"], ["ok"]],
      [5, "RUN", ["mount=type=cache,target=/c", "network=default"], "make --all"],
    ]);
  });

  test("here documents: several, with tabs taken off, in quotes", () => {
    const source = [
      "FROM base",
      "RUN cat <<ONE <<-'TWO' > /x",
      "$one",
      "ONE",
      "\t# two",
      "\tTWO",
      "COPY <<EOF /f",
      "EOF",
      "USER 1",
    ].join("\n");
    expect(read(source).slice(1)).toEqual([
      [
        2,
        "RUN",
        "cat <<ONE <<-'TWO' > /x",
        { ONE: "$one\n", expand: true },
        { TWO: "# two\n", expand: false },
      ],
      [7, "COPY", "<<EOF /f", { EOF: "", expand: true }],
      [9, "USER", "1"],
    ]);
    expect(() => read("FROM base\nRUN <<EOF\nnever ends")).toThrow(
      "failed to convert Dockerfile to LLB: dockerfile parse error on line 2: unterminated heredoc",
    );
  });

  test("another escape character", () => {
    expect(read("# escape=`\nFROM base\nRUN dir `\n c:\\")).toEqual([
      [2, "FROM", "base"],
      [3, "RUN", "dir  c:\\"],
    ]);
  });

  test("mistakes are named with their line", () => {
    expect(() => read("FROM scratch\n\nRUNN x")).toThrow(
      "failed to convert Dockerfile to LLB: dockerfile parse error on line 3: unknown instruction: RUNN",
    );
    expect(() => read("# nothing\n")).toThrow("file with no instructions");
    expect(() => read("FROM scratch\nENV")).toThrow(
      "parse error on line 2: ENV requires at least one argument",
    );
  });
});

describe("words", () => {
  const values: Record<string, string> = { A: "one", E: "", P: "/usr/lib/x.tar.gz" };
  const expand = (word: string) => expandWord(word, (name) => values[name], "\\");

  test.each([
    ["$A-${A}", "one-one"],
    ["'$A'\"$A\"", "$Aone"],
    ['\\$A \\x "\\x\\""', '$A x \\x"'],
    ["${E:-d}|${E-d}|${N:-$A}", "d||one"],
    ["${A:+yes}|${E:+yes}|${E+yes}", "yes||yes"],
    ["${P#/*/}|${P##*/}|${P%.*}|${P%%.*}", "lib/x.tar.gz|x.tar.gz|/usr/lib/x.tar|/usr/lib/x"],
    ["${A/n/N}|${P//r/R}", "oNe|/usR/lib/x.taR.gz"],
    ["100$", "100$"],
  ])("%s", (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test("what is missing or wrong is named", () => {
    expect(() => expand("${N:?give it}")).toThrow("N: give it");
    expect(() => expand("${A")).toThrow("missing '}' in \"${A\"");
    expect(() => expand("${A^^}")).toThrow('unsupported modifier in "${A^^}"');
  });

  test("in a here document quotes mean nothing", () => {
    expect(expandText("'$A' \"${A}\" \\$A", (name) => values[name], "\\")).toBe("'one' \"one\" $A");
  });

  test("a word in single quotes comes out as it went in", () => {
    const plain = fc.string().filter((text) => !/['\n]/u.test(text));
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        const words = splitWords(`'${one}'  '${other}'`, "\\");
        expect(words.map(expand)).toEqual([one, other]);
      }),
    );
  });
});
