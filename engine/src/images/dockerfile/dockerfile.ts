import { ApiError } from "../../tree/api-error.ts";

/** One instruction of a Dockerfile, its lines joined and comments left out. */
export interface Instruction {
  /** number of its first line, from 1 */
  readonly line: number;
  /** in capitals: `RUN` */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** what follows the flags */
  readonly text: string;
  /** the exec form: `["a", "b"]` */
  readonly json?: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

/** `--name=value`; without `=` there is no value. */
export interface Flag {
  readonly name: string;
  readonly value?: string;
}

/** `<<NAME` and the lines up to NAME. */
export interface Heredoc {
  readonly name: string;
  readonly content: string;
  /** variables in it are replaced: not when its name is in quotes */
  readonly expand: boolean;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** the character that takes away a special meaning: `\`, or what `# escape=` says */
  readonly escapeChar: string;
}

const keywords = new Set(
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(
    " ",
  ),
);
const withFlags = new Set(["ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"]);
const withJson = new Set("ADD CMD COPY ENTRYPOINT HEALTHCHECK RUN SHELL VOLUME".split(" "));
const withHeredocs = new Set(["ADD", "COPY", "RUN"]);

/** A mistake in a Dockerfile, in BuildKit's words. */
export function mistake(line: number, message: string): ApiError {
  return new ApiError(
    `failed to convert Dockerfile to LLB: dockerfile parse error on line ${line}: ${message}`,
  );
}

/** Reads a Dockerfile (https://docs.docker.com/reference/dockerfile/, syntax 1). */
export function parseDockerfile(source: string): Dockerfile {
  const lines = source.replace(/^\uFEFF/u, "").split(/\r?\n/u);
  const escapeChar = escapeDirective(lines);
  const instructions: Instruction[] = [];
  for (let next = 0; next < lines.length; ) {
    const line = next + 1;
    const { text, after } = joinLines(lines, next, escapeChar);
    next = after;
    if (text.trim() === "") continue;
    const read = readInstruction(text.trim(), line);
    const { heredocs, after: end } = readHeredocs(lines, next, read);
    next = end;
    instructions.push({ ...read, heredocs });
  }
  if (instructions.length === 0) {
    throw new ApiError("failed to convert Dockerfile to LLB: file with no instructions");
  }
  return { instructions, escapeChar };
}

/** An instruction on one line: also what stands behind ONBUILD. */
export function readInstruction(text: string, line: number): Instruction {
  const [word = ""] = text.split(/\s/u, 1);
  const keyword = word.toUpperCase();
  if (!keywords.has(keyword)) throw mistake(line, `unknown instruction: ${word}`);
  const { flags, rest } = withFlags.has(keyword)
    ? takeFlags(text.slice(word.length).trim())
    : { flags: [], rest: text.slice(word.length).trim() };
  if (rest === "" && !(keyword === "CMD" || keyword === "ENTRYPOINT")) {
    throw mistake(line, `${keyword} requires at least one argument`);
  }
  const json = withJson.has(keyword) ? jsonStrings(rest) : undefined;
  return { line, keyword, flags, text: rest, heredocs: [], ...(json ? { json } : {}) };
}

/** `# escape=` among the directives, which stand before everything else. */
function escapeDirective(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^#\s*(?<name>[a-zA-Z][\w-]*)\s*=\s*(?<value>.+?)\s*$/u.exec(line)?.groups;
    if (!directive) break;
    if (directive.name?.toLowerCase() !== "escape") continue;
    if (directive.value === "\\" || directive.value === "`") return directive.value;
    throw mistake(1, `invalid ESCAPE '${directive.value}'. Must be ' or \\`);
  }
  return "\\";
}

/** The line at `start` with those that continue it; comments and empty lines among them go. */
function joinLines(
  lines: readonly string[],
  start: number,
  escapeChar: string,
): { text: string; after: number } {
  const mark = escapeChar === "\\" ? "\\\\" : escapeChar;
  const continued = new RegExp(`(?:^|[^${mark}])${mark}[ \\t]*$`, "u");
  let text = "";
  let at = start;
  for (; at < lines.length; at++) {
    const line = lines[at] as string;
    const isComment = /^\s*#/u.test(line);
    if (at > start && (isComment || line.trim() === "")) continue;
    if (isComment || line.trim() === "") return { text: "", after: at + 1 };
    const part = at === start ? line.trimStart() : line;
    if (!continued.test(part)) return { text: text + part, after: at + 1 };
    text += part.slice(0, part.lastIndexOf(escapeChar));
  }
  return { text, after: at };
}

function takeFlags(text: string): { flags: Flag[]; rest: string } {
  const flags: Flag[] = [];
  let rest = text;
  for (;;) {
    const found = /^--(?<name>[a-z][a-z-]*)(?:=(?<value>(?:"[^"]*"|\S)*))?(?:\s+|$)/u.exec(rest);
    if (!found?.groups) return { flags, rest };
    const { name = "", value } = found.groups;
    flags.push({ name, ...(value === undefined ? {} : { value: value.replace(/"/gu, "") }) });
    rest = rest.slice(found[0].length);
  }
}

/** The exec form; text that only looks like it is the shell form, as Docker has it. */
function jsonStrings(text: string): string[] | undefined {
  const list = text.replace(/^CMD\s+/iu, "");
  if (!list.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(list);
    return Array.isArray(value) && value.every((each) => typeof each === "string")
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function readHeredocs(
  lines: readonly string[],
  start: number,
  { keyword, text, json, line }: Instruction,
): { heredocs: Heredoc[]; after: number } {
  const heredocs: Heredoc[] = [];
  let at = start;
  if (!withHeredocs.has(keyword) || json) return { heredocs, after: at };
  const opening = /(?:^|\s)\d*<<(?<chomp>-?)(?<quote>["']?)(?<name>[^\s"'<>|&;()]+)\k<quote>/gu;
  for (const { groups } of text.matchAll(opening)) {
    const { chomp, quote, name = "" } = groups ?? {};
    const content: string[] = [];
    const shorn = (each: string) => (chomp ? each.replace(/^\t+/u, "") : each);
    while (at < lines.length && shorn(lines[at] as string) !== name) {
      content.push(shorn(lines[at++] as string));
    }
    if (at === lines.length) throw mistake(line, "unterminated heredoc");
    at++;
    heredocs.push({
      name,
      content: content.map((each) => `${each}\n`).join(""),
      expand: quote === "",
    });
  }
  return { heredocs, after: at };
}
