import { describe, expect, test } from "vitest";
import { flag } from "../../src/cli/flags/flag.ts";
import { FlagSet, type ParseOptions } from "../../src/cli/flags/flag-set.ts";
import * as types from "../../src/cli/flags/types.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

function parse(args: string[], options?: ParseOptions) {
  const flags = [
    flag({ name: "name", usage: "", type: types.text }),
    flag({ name: "times", usage: "", type: types.integer }),
    flag({ name: "half", usage: "", type: types.floating }),
    flag({ name: "loud", shorthand: "l", usage: "", type: types.boolean }),
    flag({ name: "verbose", shorthand: "v", usage: "", type: types.count }),
    flag({ name: "mod", shorthand: "m", usage: "", type: types.text }),
    flag({ name: "tags", usage: "", type: types.texts }),
    flag({ name: "numbers", usage: "", type: types.integers }),
    flag({ name: "some-long", usage: "", type: types.text }),
    flag({ name: "mood", usage: "", type: types.member(["Happy", "SAD"]) }),
    flag({ name: "ports", usage: "", type: types.several(types.portForward) }),
    flag({ name: "dirs", usage: "", type: types.several(types.address("Directory")) }),
  ];
  const words = new FlagSet(flags).parse(args, options);
  const given = flags.filter(({ changed }) => changed);
  return { words, ...Object.fromEntries(given.map(({ name, value }) => [name, value])) };
}

describe("flags", () => {
  test.each<[string[], object]>([
    [["--name", "a b", "--times=2"], { words: [], name: "a b", times: 2 }],
    [["--name=--x"], { words: [], name: "--x" }],
    [["--name="], { words: [], name: "" }],
    [["--name=a=b\nc"], { words: [], name: "a=b\nc" }],
    [["--loud", "false"], { words: ["false"], loud: true }],
    [["--loud=false"], { words: [], loud: false }],
    [["-l=false"], { words: [], loud: false }],
    [["-vvl", "-v"], { words: [], verbose: 3, loud: true }],
    [["-m", "../x"], { words: [], mod: "../x" }],
    [["-lm../x"], { words: [], loud: true, mod: "../x" }],
    [["-m=../x"], { words: [], mod: "../x" }],
    [["--someLong", "x"], { words: [], "some-long": "x" }],
    [["--SomeLong=x"], { words: [], "some-long": "x" }],
    [["--times=0x10"], { words: [], times: 16 }],
    [["--half=-2.5e1"], { words: [], half: -25 }],
    [["--tags", "p", "--tags", "q,r"], { words: [], tags: ["p", "q", "r"] }],
    [["--tags="], { words: [], tags: [] }],
    [['--tags="a,b",c'], { words: [], tags: ["a,b", "c"] }],
    [['--tags="say ""hi"""'], { words: [], tags: ['say "hi"'] }],
    [["--numbers=1,2", "--numbers=3"], { words: [], numbers: [1, 2, 3] }],
    [["--mood=happy"], { words: [], mood: "Happy" }],
    [
      ["--ports=8080:80,0:81"],
      {
        words: [],
        ports: [
          { frontend: 8080, backend: 80 },
          { frontend: 0, backend: 81 },
        ],
      },
    ],
    [["--dirs='a, b',c"], { words: [], dirs: ["a", "b", "c"] }],
    [["a", "--loud", "b", "--", "--name"], { words: ["a", "b", "--name"], loud: true }],
    [["-", "--loud"], { words: ["-"], loud: true }],
  ])("%j", (args, expected) => {
    expect(parse(args)).toEqual(expected);
  });

  test.each([
    ["--nope", "unknown flag: --nope"],
    ["-x", "unknown shorthand flag: 'x' in -x"],
    ["-lx", "unknown shorthand flag: 'x' in -lx"],
    ["--=1", "bad flag syntax: --=1"],
    ["--name", "flag needs an argument: --name"],
    ["-m", "flag needs an argument: 'm' in -m"],
    [
      "--times=abc",
      'invalid argument "abc" for "--times" flag: strconv.ParseInt: parsing "abc": invalid syntax',
    ],
    [
      "--times=9223372036854775808",
      'invalid argument "9223372036854775808" for "--times" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ],
    [
      "--loud=maybe",
      'invalid argument "maybe" for "-l, --loud" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      "--half=x",
      'invalid argument "x" for "--half" flag: strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    [
      "--numbers=1,x",
      'invalid argument "1,x" for "--numbers" flag: strconv.Atoi: parsing "x": invalid syntax',
    ],
    [
      "--ports=80",
      'invalid argument "80" for "--ports" flag: portForward setting not in the form of frontend:backend: "80"',
    ],
    [
      "--ports=x:80",
      'invalid argument "x:80" for "--ports" flag: portForward frontend not a valid integer: "x"',
    ],
    ["--mood=glad", 'invalid argument "glad" for "--mood" flag: value should be one of Happy,SAD'],
    [
      '--tags=a"b',
      'invalid argument "a\\"b" for "--tags" flag: parse error on line 1, column 2: bare " in non-quoted-field',
    ],
  ])("%s is refused", (arg, message) => {
    expect(() => parse([arg])).toThrow(new UsageError(message));
  });

  test("reading stops at a word where words have flags of their own", () => {
    expect(parse(["--loud", "hello", "--name=x"], { stopAtWord: true })).toEqual({
      words: ["hello", "--name=x"],
      loud: true,
    });
  });

  test("unknown flags can be passed over, with the word that may be their value", () => {
    expect(
      parse(["--owner", "ann", "-x", "--loud", "-z=1", "word"], { passUnknown: true }),
    ).toEqual({ words: ["word"], loud: true });
  });
});
