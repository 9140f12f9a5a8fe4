import { expect, test } from "vitest";
import { isAsked } from "../../src/cli/checks.ts";

const names = [
  "checks:fails-ctr",
  "checks:group:inner-fail",
  "checks:group:inner-pass",
  "checks:passes",
  "checks:passes-ctr",
];

test.each<[string[], string[]]>([
  [[], names],
  [["passes"], ["checks:passes"]],
  [["checks:passes"], ["checks:passes"]],
  [["passes*"], ["checks:passes", "checks:passes-ctr"]],
  [["*-ctr"], ["checks:fails-ctr", "checks:passes-ctr"]],
  [["group"], ["checks:group:inner-fail", "checks:group:inner-pass"]],
  [["checks:group"], ["checks:group:inner-fail", "checks:group:inner-pass"]],
  [["group:*"], ["checks:group:inner-fail", "checks:group:inner-pass"]],
  [["group:inner-pass"], ["checks:group:inner-pass"]],
  [["checks:*"], ["checks:fails-ctr", "checks:passes", "checks:passes-ctr"]],
  [["**"], names],
  [["**:inner-pass"], ["checks:group:inner-pass"]],
  [["passesCtr"], ["checks:passes-ctr"]],
  [
    ["passes", "fails-ctr"],
    ["checks:fails-ctr", "checks:passes"],
  ],
  [["pass"], []],
  [["pass?s"], ["checks:passes"]],
])("%j", (patterns, expected) => {
  expect(names.filter((name) => isAsked(name, patterns))).toEqual(expected);
});
