import { UsageError } from "../usage-error.ts";
import type { FlagType } from "./flag.ts";
import { parseBoolean, parseCommaSeparated, parseFloating, parseInteger } from "./go-values.ts";

export const text: FlagType = { label: "string", parse: (given) => given };

export const integer: FlagType = { label: "int", parse: (given) => parseInteger(given) };

export const floating: FlagType = { label: "float", parse: parseFloating };

export const boolean: FlagType = { label: "", implied: "true", parse: parseBoolean };

/** Counts how often it is given. */
export const count: FlagType = {
  label: "count",
  implied: "+1",
  parse: (given, before) => (given === "+1" ? Number(before ?? 0) + 1 : parseInteger(given)),
};

export const texts = list("strings", parseCommaSeparated, (given) => given);
export const integers = list("ints", splitAtCommas, (given) => parseInteger(given, "Atoi"));
export const floatings = list("float64Slice", splitAtCommas, parseFloating);
export const booleans = list(
  "bools",
  (given) => parseCommaSeparated(withoutQuotes(given)),
  (given) => parseBoolean(given.trim()),
);

/** A text that must not be empty, named for what it is the address of. */
export function address(label: string): FlagType {
  return {
    label,
    parse: (given) => {
      if (given === "" && label === "CacheVolume") {
        throw new UsageError("cacheVolume name cannot be empty");
      }
      return given;
    },
  };
}

export const platform: FlagType = {
  label: "Platform",
  parse: (given) => {
    if (given === "") throw new UsageError("platform cannot be empty");
    if (given !== "current") return given;
    return process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
  },
};

/** `8080:80`: a port of the machine, and the one of a service that it leads to. */
export const portForward: FlagType = {
  label: "PortForward",
  parse: (given) => {
    if (given === "") throw new UsageError("portForward setting cannot be empty");
    const quoted = (text: string) => JSON.stringify(text);
    const [frontend = "", ...rest] = given.split(":");
    if (rest.length === 0) {
      throw new UsageError(
        `portForward setting not in the form of frontend:backend: ${quoted(given)}`,
      );
    }
    const port = (text: string, which: string) => {
      if (/^[+-]?\d+$/u.test(text)) return Number(text);
      throw new UsageError(`portForward ${which} not a valid integer: ${quoted(text)}`);
    };
    return { frontend: port(frontend, "frontend"), backend: port(rest.join(":"), "backend") };
  },
};

/** One of an enumeration's members, in any case. */
export function member(names: readonly string[]): FlagType {
  const label = [...names].sort().join(",");
  return {
    label,
    parse: (given) => {
      const name = names.find((each) => each.toLowerCase() === given.toLowerCase());
      if (name === undefined) throw new UsageError(`value should be one of ${label}`);
      return name;
    },
  };
}

/** Several of a type, at commas or by giving the flag again. */
export function several(item: FlagType): FlagType {
  return list(
    `[]${item.label}`,
    (given) => parseCommaSeparated(withoutQuotes(given)),
    (given) => item.parse(given.trim(), undefined),
  );
}

function list(
  label: string,
  split: (given: string) => string[],
  parse: (item: string) => unknown,
): FlagType {
  return {
    label,
    parse: (given, before) => [
      ...(Array.isArray(before) ? before : []),
      ...split(given).map((item) => parse(item)),
    ],
  };
}

function splitAtCommas(given: string): string[] {
  return given.split(",");
}

function withoutQuotes(given: string): string {
  return given.replace(/["'`]/gu, "");
}
