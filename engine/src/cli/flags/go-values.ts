import { fitsInt64 } from "../../tree/int64.ts";
import { UsageError } from "../usage-error.ts";

/** Texts to values as Go's strconv and encoding/csv read them, with their messages. */

export function parseInteger(text: string, by = "ParseInt"): number {
  const digits = /^[+-]?(0x[\da-f]+|0b[01]+|0o[0-7]+|\d+)$/iu.test(text);
  // Atoi knows decimal digits only.
  const known = digits && (by !== "Atoi" || /^[+-]?\d+$/u.test(text));
  if (!known) throw new UsageError(`strconv.${by}: parsing ${quoted(text)}: invalid syntax`);
  const sign = text.startsWith("-") ? -1n : 1n;
  const value = sign * BigInt(text.replace(/^[+-]/u, ""));
  if (!fitsInt64(value)) {
    throw new UsageError(`strconv.${by}: parsing ${quoted(text)}: value out of range`);
  }
  return Number(value);
}

export function parseFloating(text: string): number {
  const value = Number(text);
  if (text.trim() !== text || text === "" || Number.isNaN(value)) {
    throw new UsageError(`strconv.ParseFloat: parsing ${quoted(text)}: invalid syntax`);
  }
  return value;
}

export function parseBoolean(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/u.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/u.test(text)) return false;
  throw new UsageError(`strconv.ParseBool: parsing ${quoted(text)}: invalid syntax`);
}

/** One line of comma-separated values; a value in quotes may hold commas, and quotes if doubled. */
export function parseCommaSeparated(text: string): string[] {
  if (text === "") return [];
  const values: string[] = [];
  let rest = text;
  for (;;) {
    const field = /^"((?:[^"]|"")*)"(?=,|$)|^([^",]*)(?=,|$)/u.exec(rest);
    if (!field) {
      const column = text.length - rest.length + Math.max(rest.indexOf('"'), 0) + 1;
      throw new UsageError(
        rest.startsWith('"')
          ? `parse error on line 1, column ${text.length + 1}: extraneous or missing " in quoted-field`
          : `parse error on line 1, column ${column}: bare " in non-quoted-field`,
      );
    }
    values.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? "");
    if (field[0].length === rest.length) return values;
    rest = rest.slice(field[0].length + 1);
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
