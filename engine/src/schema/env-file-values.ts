import { expandWord } from "../images/dockerfile/words.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Session } from "./define.ts";
import type { EnvFile } from "./values.ts";

/** The variables with quotes taken off and variables replaced, in the order of their names. */
export function valuesOf(file: EnvFile, session: Session): { name: string; value: string }[] {
  return namesOf(file).map((name) => ({ name, value: evaluated(file, name, session) }));
}

/** One variable's value; others, and then the client's own environment, replace what it names. */
export function evaluated(file: EnvFile, name: string, session: Session): string {
  return evaluate(file, name, session.env, []);
}

/** The file itself, when it can be read; a variable that is not there yet may still come. */
export function checkedEnvFile(file: EnvFile, session: Session): EnvFile {
  for (const name of namesOf(file)) evaluate(file, name, session.env, [], () => "");
  return file;
}

function namesOf({ lines }: EnvFile): string[] {
  return [...new Set(lines.map((line) => line.split("=", 1)[0] ?? ""))].sort();
}

function evaluate(
  file: EnvFile,
  name: string,
  env: NodeJS.ProcessEnv,
  above: readonly string[],
  unset?: (name: string) => string,
): string {
  if (above.includes(name)) {
    throw new ApiError(`circular dependency detected: ${[...above, name].join(" -> ")}`);
  }
  const line =
    [...file.context, ...file.lines].findLast((each) => each.startsWith(`${name}=`)) ?? "";
  const value = line.slice(name.length + 1);
  if (name.startsWith("#")) return ""; // a comment is a variable without a value
  if (!/^[A-Za-z_]\w*$/u.test(name)) {
    throw new ApiError(`parse error: ${JSON.stringify(line)}: not a bare assignment`);
  }
  if (!/[`"'\\]|\$[A-Za-z_{(]/u.test(value)) return value;
  if (/`|\$\(/u.test(value)) {
    throw new ApiError(`${name}: unexpected command substitution in ${JSON.stringify(line)}`);
  }
  const isKnown = (other: string) =>
    [...file.context, ...file.lines].some((each) => each.startsWith(`${other}=`));
  const lookup = (other: string) =>
    isKnown(other) ? evaluate(file, other, env, [...above, name], unset) : env[other];
  const refuse = (other: string): never => {
    throw new ApiError(`${name}: ${other}: unbound variable`);
  };
  return expandWord(value, lookup, "\\", unset ?? refuse);
}
