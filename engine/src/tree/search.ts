import ignore from "ignore";
import { ApiError } from "./api-error.ts";
import { cleanPath, find, walk } from "./paths.ts";
import type { FileNode, Node, Tree } from "./tree.ts";

/** What is looked for, and where: what ripgrep would be told. */
export interface Search {
  readonly pattern: string;
  readonly literal: boolean;
  /** matches may span lines; with `dotall`, `.` matches their ends too */
  readonly multiline: boolean;
  readonly dotall: boolean;
  readonly insensitive: boolean;
  readonly skipHidden: boolean;
  readonly filesOnly: boolean;
  /** files or directories; none is all */
  readonly paths: readonly string[];
  /** as in .gitignore, but for what is searched; `!` leaves out */
  readonly globs: readonly string[];
  readonly limit: number;
}

/** Lines with a match; offsets are in bytes, of the file and within the lines. */
export interface SearchMatch {
  readonly filePath: string;
  readonly lineNumber: number;
  readonly absoluteOffset: number;
  readonly matchedLines: string;
  readonly submatches: readonly {
    readonly text: string;
    readonly start: number;
    readonly end: number;
  }[];
}

/** Searches the files of a tree, in the order of their paths. */
export async function searchTree(
  tree: Tree,
  search: Search,
  read: (file: FileNode) => Promise<Buffer>,
): Promise<SearchMatch[]> {
  const regex = regexOf(search);
  const found: SearchMatch[] = [];
  for (const [path, file] of filesIn(tree, search)) {
    if (found.length >= search.limit) break;
    const bytes = await read(file);
    if (bytes.includes(0)) continue; // not a text
    const text = bytes.toString("utf8");
    const matches = search.multiline ? spanning(text, regex) : byLine(text, regex);
    for (const match of matches) {
      found.push({ filePath: path, ...(search.filesOnly ? nothing : match) });
      if (search.filesOnly || found.length >= search.limit) break;
    }
  }
  return found;
}

const nothing = { lineNumber: 0, absoluteOffset: 0, matchedLines: "", submatches: [] };

type Lines = Omit<SearchMatch, "filePath">;

function* filesIn(tree: Tree, search: Search): Generator<readonly [string, FileNode]> {
  const isWanted = selectedBy(search);
  const tops = search.paths.length > 0 ? search.paths : [""];
  for (const given of tops) {
    const top = cleanPath(given);
    const node: Node | undefined = find(tree, top)?.node;
    if (!node) throw new ApiError(`ripgrep error: rg: ${given}: No such file or directory`);
    if (node.kind === "file") {
      yield [top, node];
      continue;
    }
    if (node.kind !== "directory") continue;
    for (const [path, child] of walk(node, top)) {
      if (child.kind === "file" && isWanted(path)) yield [path, child];
    }
  }
}

function selectedBy({ globs, skipHidden }: Search): (path: string) => boolean {
  const rules = ignore().add([...globs]);
  const takes = globs.some((glob) => !glob.startsWith("!"));
  return (path) => {
    if (skipHidden && path.split("/").some((part) => part.startsWith("."))) return false;
    if (globs.length === 0) return true;
    const above = path.split("/").slice(0, -1);
    const isLeftOut = above.some(
      (_name, index) => rules.test(`${above.slice(0, index + 1).join("/")}/`).unignored,
    );
    if (isLeftOut) return false;
    const { ignored, unignored } = rules.test(path);
    return takes ? ignored : !unignored;
  };
}

/** The pattern as this language writes it: ripgrep's own has flags within, and named classes. */
function regexOf({ pattern, literal, multiline, dotall, insensitive }: Search): RegExp {
  const inner = /^\(\?([imsu]+)\)/u.exec(literal ? "" : pattern);
  const flags = new Set(["g", ...(inner?.[1] ?? "").replace("u", "")]);
  if (multiline) flags.add("m");
  if (multiline && dotall) flags.add("s");
  if (insensitive) flags.add("i");
  const source = literal
    ? pattern.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&")
    : pattern
        .slice(inner?.[0].length ?? 0)
        .replaceAll("(?P<", "(?<")
        .replace(/\[:(\w+):\]/gu, (whole, name: string) => classes[name] ?? whole);
  try {
    return new RegExp(source, `${[...flags].join("")}u`);
  } catch (error) {
    throw new ApiError(`ripgrep error: regex parse error: ${(error as Error).message}`);
  }
}

const classes: Readonly<Record<string, string>> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9a-fA-F",
};

function* byLine(text: string, regex: RegExp): Generator<Lines> {
  let offset = 0;
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    const matches = [...line.replace(/\r?\n$/u, "").matchAll(regex)];
    if (matches.length > 0) {
      yield {
        lineNumber: number,
        absoluteOffset: offset,
        matchedLines: line,
        submatches: matches.map((match) => submatch(line, match.index, match[0])),
      };
    }
    offset += Buffer.byteLength(line);
  }
}

/** Matches that may span lines; those that share a line are one. */
function* spanning(text: string, regex: RegExp): Generator<Lines> {
  const starts = [0];
  for (const line of linesOf(text)) starts.push((starts.at(-1) ?? 0) + line.length);
  const lineAt = (index: number) =>
    Math.max(
      starts.findLastIndex((start) => start <= index),
      0,
    );
  let group: { first: number; last: number; matches: RegExpExecArray[] } | undefined;
  const lines = ({ first, last, matches }: NonNullable<typeof group>): Lines => {
    const start = starts[first] ?? 0;
    const matched = text.slice(start, starts[last + 1] ?? text.length);
    return {
      lineNumber: first + 1,
      absoluteOffset: Buffer.byteLength(text.slice(0, start)),
      matchedLines: matched,
      submatches: matches.map((match) => submatch(matched, match.index - start, match[0])),
    };
  };
  for (const match of text.matchAll(regex)) {
    const first = lineAt(match.index);
    const last = lineAt(Math.max(match.index + match[0].length - 1, match.index));
    if (group && first <= group.last) {
      group.last = Math.max(group.last, last);
      group.matches.push(match);
    } else {
      if (group) yield lines(group);
      group = { first, last, matches: [match] };
    }
  }
  if (group) yield lines(group);
}

/** Lines with their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
}

function submatch(lines: string, index: number, text: string) {
  const start = Buffer.byteLength(lines.slice(0, index));
  return { text, start, end: start + Buffer.byteLength(text) };
}
