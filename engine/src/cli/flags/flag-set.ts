import { kebab } from "../names.ts";
import { UsageError } from "../usage-error.ts";
import type { Flag } from "./flag.ts";

/** How far a command line is read. */
export interface ParseOptions {
  /** stop at the first word that is no flag, as before a function's name */
  readonly stopAtWord?: boolean;
  /** pass over flags that are not known here, each with the word after it */
  readonly passUnknown?: boolean;
}

/** The flags that are known at one place of a command line; names are compared in kebab case. */
export class FlagSet {
  private readonly byName = new Map<string, Flag>();

  constructor(flags: readonly Flag[] = []) {
    this.add(flags);
  }

  /** Of two flags with the same name the first one stays. */
  add(flags: readonly Flag[]): void {
    for (const flag of flags) if (!this.byName.has(flag.name)) this.byName.set(flag.name, flag);
  }

  /** In the order of their names. */
  all(): Flag[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  lookup(name: string): Flag | undefined {
    return this.byName.get(kebab(name));
  }

  /** Sets the flags that are given; the answer is the words between and after them. */
  parse(args: readonly string[], { stopAtWord, passUnknown }: ParseOptions = {}): string[] {
    const words: string[] = [];
    const rest = [...args];
    for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
      if (arg === "--") return [...words, ...rest];
      if (!arg.startsWith("-") || arg === "-") {
        words.push(arg);
        if (stopAtWord) return [...words, ...rest];
      } else if (arg.startsWith("--")) {
        this.parseLong(arg, rest, passUnknown ?? false);
      } else {
        this.parseShort(arg, rest, passUnknown ?? false);
      }
    }
    return words;
  }

  private parseLong(arg: string, rest: string[], passUnknown: boolean): void {
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/su.exec(arg) ?? [];
    if (name === "" || name.startsWith("-")) throw new UsageError(`bad flag syntax: ${arg}`);
    const flag = this.lookup(name);
    if (!flag) {
      if (!passUnknown) throw new UsageError(`unknown flag: --${name}`);
      if (value === undefined) passValue(rest);
      return;
    }
    if (value !== undefined) set(flag, value);
    else if (flag.type.implied !== undefined) set(flag, flag.type.implied);
    else if (rest.length > 0) set(flag, rest.shift() ?? "");
    else throw new UsageError(`flag needs an argument: --${name}`);
  }

  private parseShort(arg: string, rest: string[], passUnknown: boolean): void {
    for (let letters = arg.slice(1); letters !== ""; ) {
      const letter = letters[0] as string;
      letters = letters.slice(1);
      const flag = [...this.byName.values()].find(({ shorthand }) => shorthand === letter);
      if (!flag) {
        if (!passUnknown) throw new UsageError(`unknown shorthand flag: '${letter}' in ${arg}`);
        if (letters === "") passValue(rest);
        if (letters.startsWith("=")) return;
        continue;
      }
      if (letters === "" && flag.type.implied === undefined) {
        const next = rest.shift();
        if (next === undefined) {
          throw new UsageError(`flag needs an argument: '${letter}' in ${arg}`);
        }
        set(flag, next);
      } else if (flag.type.implied === undefined || letters.startsWith("=")) {
        set(flag, letters.replace(/^=/u, ""));
        return;
      } else {
        set(flag, flag.type.implied);
      }
    }
  }
}

/** Nobody knows whether an unknown flag takes a value: a word after it is taken for one. */
function passValue(rest: string[]): void {
  if (rest[0] !== undefined && !rest[0].startsWith("-")) rest.shift();
}

function set(flag: Flag, given: string): void {
  try {
    flag.value = flag.type.parse(given, flag.changed ? flag.value : undefined);
    flag.changed = true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const name = flag.shorthand ? `-${flag.shorthand}, --${flag.name}` : `--${flag.name}`;
    throw new UsageError(
      `invalid argument ${JSON.stringify(given)} for "${name}" flag: ${error.message}`,
    );
  }
}
