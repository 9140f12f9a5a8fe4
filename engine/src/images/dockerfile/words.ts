import { ApiError } from "../../tree/api-error.ts";

/** Values of variables by name; undefined when there is none. */
export type Lookup = (name: string) => string | undefined;

/** Splits at blanks outside of quotes; quotes and escapes stay in the words. */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === escapeChar && quote !== "'" && at + 1 < text.length) {
      word += char + text[++at];
    } else if (quote === "" && /\s/u.test(char)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (quote === char) quote = "";
      else if (quote === "" && (char === '"' || char === "'")) quote = char;
      word += char;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

/**
 * A word with its quotes taken off and its variables replaced, as a shell would.
 * @param unset what stands for a variable that is not set, where the word itself does not say it
 */
export function expandWord(
  word: string,
  lookup: Lookup,
  escapeChar: string,
  unset: (name: string) => string = () => "",
): string {
  let result = "";
  let quote = "";
  for (let at = 0; at < word.length; ) {
    const char = word[at] as string;
    if (quote === "'") {
      if (char === "'") quote = "";
      else result += char;
      at++;
    } else if (char === escapeChar && at + 1 < word.length) {
      const next = word[at + 1] as string;
      // Within double quotes only these lose their meaning; the escapeChar stays before others.
      result += quote === '"' && !['"', "$", escapeChar].includes(next) ? char + next : next;
      at += 2;
    } else if (char === "$") {
      const { value, length } = expandVariable(word.slice(at), lookup, escapeChar, unset);
      result += value;
      at += length;
    } else {
      if (char === quote) quote = "";
      else if (quote === "" && (char === '"' || char === "'")) quote = char;
      else result += char;
      at++;
    }
  }
  return result;
}

/** Variables replaced, quotes and all else as it is: what here documents want. */
export function expandText(text: string, lookup: Lookup, escapeChar: string): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const char = text[at] as string;
    if (char === escapeChar && ["$", escapeChar].includes(text[at + 1] ?? "")) {
      result += text[at + 1];
      at += 2;
    } else if (char === "$") {
      const { value, length } = expandVariable(text.slice(at), lookup, escapeChar);
      result += value;
      at += length;
    } else {
      result += char;
      at++;
    }
  }
  return result;
}

/** The variable that `text` begins with: `$NAME`, `${NAME}` or one with an operator. */
function expandVariable(
  text: string,
  lookup: Lookup,
  escapeChar: string,
  unset: (name: string) => string = () => "",
): { value: string; length: number } {
  const plain = /^\$(?<name>[A-Za-z_]\w*|[0-9@*#?!$-])/u.exec(text);
  if (plain) {
    const name = plain.groups?.name ?? "";
    return { value: lookup(name) ?? unset(name), length: plain[0].length };
  }
  if (!text.startsWith("${")) return { value: "$", length: 1 };
  const end = closingBrace(text, escapeChar);
  if (end < 0) throw new ApiError(`syntax error: missing '}' in ${JSON.stringify(text)}`);
  const inside = /^(?<name>\w+)(?<operator>:?[-+?]|##?|%%?|\/\/?)?(?<rest>.*)$/su.exec(
    text.slice(2, end),
  )?.groups;
  if (!inside?.name || (!inside.operator && inside.rest)) {
    throw new ApiError(`unsupported modifier in ${JSON.stringify(text.slice(0, end + 1))}`);
  }
  const { name, operator = "", rest = "" } = inside;
  if (operator === "") return { value: lookup(name) ?? unset(name), length: end + 1 };
  const operand = expandWord(rest, lookup, escapeChar, unset);
  return { value: modified(name, lookup(name), operator, operand), length: end + 1 };
}

function closingBrace(text: string, escapeChar: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === escapeChar) at++;
    else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function modified(
  name: string,
  value: string | undefined,
  operator: string,
  operand: string,
): string {
  const isSet = value !== undefined && !(operator.startsWith(":") && value === "");
  switch (operator.replace(":", "")) {
    case "-":
      return isSet ? value : operand;
    case "+":
      return isSet ? operand : "";
    case "?":
      if (isSet) return value;
      throw new ApiError(`${name}: ${operand || "not allowed to be unset"}`);
    case "#":
      return (value ?? "").replace(new RegExp(`^${wildcard(operand, "?")}`, "su"), "");
    case "##":
      return (value ?? "").replace(new RegExp(`^${wildcard(operand, "")}`, "su"), "");
    case "%":
      return (value ?? "").replace(new RegExp(`^(.*)${wildcard(operand, "?")}$`, "su"), "$1");
    case "%%":
      return (value ?? "").replace(new RegExp(`^(.*?)${wildcard(operand, "")}$`, "su"), "$1");
    case "/":
    case "//": {
      const [pattern = "", replacement = ""] = operand.split("/", 2);
      const flags = operator === "//" ? "gsu" : "su";
      return (value ?? "").replace(new RegExp(wildcard(pattern, ""), flags), () => replacement);
    }
    default:
      return value ?? "";
  }
}

/** A shell's pattern as the source of a regular expression; `lazy` is `?` for the shortest match. */
function wildcard(pattern: string, lazy: string): string {
  return pattern.replace(/[\\^$.*+?()[\]{}|/]/gu, (char) => {
    if (char === "*") return `.*${lazy}`;
    return char === "?" ? "." : `\\${char}`;
  });
}
