import type { Flag } from "./flag.ts";

/** The lines in which help lists flags, folded to a width in the way of spf13/pflag. */
export function flagUsages(flags: readonly Flag[], width: number): string {
  const rows = flags
    .filter((flag) => !flag.hidden)
    .map((flag): [string, string] => [namesOf(flag), meaningOf(flag)]);
  const longest = Math.max(0, ...rows.map(([names]) => names.length));
  const indent = longest + 3;
  return rows
    .map(([names, meaning]) => `${names.padEnd(longest)}   ${fold(meaning, indent, width)}\n`)
    .join("");
}

function namesOf({ shorthand, name, type }: Flag): string {
  const short = shorthand ? `  -${shorthand}, ` : "      ";
  return `${short}--${name}${type.label === "" ? "" : ` ${type.label}`}`;
}

function meaningOf(flag: Flag): string {
  const usage = flag.required ? `${flag.usage} [required]`.trim() : flag.usage;
  return flag.default === undefined ? usage : `${usage} (default ${flag.default})`;
}

/** Columns that a last word may stick out rather than stand on a line of its own. */
const slop = 5;

function fold(text: string, indent: number, width: number): string {
  let at = indent;
  let first = "";
  if (width - at < 24) {
    at = 16;
    first = `\n${" ".repeat(at)}`;
    if (width - at < 24) return text.replaceAll("\n", first);
  }
  const margin = `\n${" ".repeat(at)}`;
  const lines: string[] = [];
  for (let rest = text; rest !== "" || lines.length === 0; ) {
    const [line, after] = cut(rest, width - at - slop);
    lines.push(line.replaceAll("\n", margin));
    rest = after;
    if (rest === "") break;
  }
  return first + lines.join(margin);
}

/** The first line of a text, and what is left after it. */
function cut(text: string, columns: number): [string, string] {
  if (columns + slop > text.length) return [text, ""];
  const head = text.slice(0, columns);
  const space = Math.max(...[" ", "\t", "\n"].map((each) => head.lastIndexOf(each)));
  if (space <= 0) return [text, ""];
  const line = head.lastIndexOf("\n");
  const end = line > 0 && line < space ? line : space;
  return [text.slice(0, end), text.slice(end + 1)];
}
