import { ApiError } from "./api-error.ts";

/**
 * Dagger's include and exclude patterns, as moby's patternmatcher reads them: `*` stays within one
 * name, `**` does not, `!` takes back, and what matches a directory matches all below it.
 */
export interface PatternList {
  /** does any pattern begin with `!`? */
  readonly takesBack: boolean;
  /** what the patterns say of a path whose parent they said `parent` of */
  match(path: string, parent: Matches): Matches;
  /** what they say of the top */
  readonly top: Matches;
}

export interface Matches {
  readonly matched: boolean;
  /** by pattern: did it match this path or one above? */
  readonly each: readonly boolean[];
}

/** Reads patterns; a malformed one is an error in Dagger's words. */
export function parsePatterns(patterns: readonly string[]): PatternList {
  const parsed = patterns.flatMap((pattern) => parsePattern(pattern));
  return {
    takesBack: parsed.some(({ negative }) => negative),
    top: { matched: false, each: parsed.map(() => false) },
    match(path, parent) {
      let matched = false;
      const each = parsed.map(({ negative, regex }, index) => {
        const hit = parent.each[index] || regex.test(path);
        if (hit) matched = !negative;
        return hit;
      });
      return { matched, each };
    },
  };
}

function parsePattern(text: string): { negative: boolean; regex: RegExp }[] {
  let pattern = text.trim();
  if (pattern === "") return [];
  const negative = pattern.startsWith("!");
  if (negative) pattern = pattern.slice(1).trim();
  const parts = pattern
    .split("/")
    .filter((part, index) => part !== "." && (part !== "" || index === 0));
  // A leading slash stays: paths have none, so such a pattern matches nothing.
  const clean = parts.join("/");
  return [{ negative, regex: new RegExp(`^${patternSource(clean)}$`, "su") }];
}

/** The source of a regular expression for one pattern. */
export function patternSource(pattern: string): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index] as string;
    if (char === "*") {
      if (pattern[index + 1] !== "*") {
        source += "[^/]*";
        continue;
      }
      while (pattern[index + 1] === "*") index++;
      if (pattern[index + 1] === "/") {
        index++;
        source += "(?:.*/)?";
      } else source += ".*";
    } else if (char === "?") source += "[^/]";
    else if (char === "[") {
      const end = endOfClass(pattern, index);
      source += classSource(pattern.slice(index + 1, end));
      index = end;
    } else if (char === "\\") {
      if (index + 1 === pattern.length) throw new ApiError("syntax error in pattern");
      source += literal(pattern[++index] as string);
    } else source += literal(char);
  }
  return source;
}

function endOfClass(pattern: string, start: number): number {
  for (let index = start + 1; index < pattern.length; index++) {
    if (pattern[index] === "\\") index++;
    else if (pattern[index] === "]" && index > start + 1) return index;
  }
  throw new ApiError("syntax error in pattern");
}

function classSource(inside: string): string {
  const negated = inside.startsWith("^") || inside.startsWith("!");
  const body = (negated ? inside.slice(1) : inside).replace(/[[\]&~|]/gu, "\\$&");
  return `[${negated ? "^/" : ""}${body}]`;
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/u.test(char) ? `\\${char}` : char;
}
