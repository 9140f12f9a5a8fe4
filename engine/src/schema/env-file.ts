import { type Argument, defineType, type Session } from "./define.ts";
import { checkedEnvFile, evaluated, valuesOf } from "./env-file-values.ts";
import { fileOfContents } from "./file-of-contents.ts";
import type { EnvFile } from "./values.ts";

export const emptyEnvFile: EnvFile = { lines: [], context: [] };

export const expandEnvFile: Argument = {
  type: "Boolean",
  default: true,
  description: "Means nothing any more: variables in values are replaced unless asked otherwise",
};

const name: Argument = { type: "String!", description: "Name of the variable" };
const raw: Argument = {
  type: "Boolean",
  default: false,
  description: "As it is written: quotes stay, variables are not replaced",
};

export const envFileType = defineType<EnvFile>({
  name: "EnvFile",
  description: "Variables as an env file holds them.",
  fields: {
    variables: {
      description: "The variables, in the order of their names.",
      args: { raw },
      type: "[EnvVariable!]!",
      resolve: (file, args, session) => (args.raw ? rawOf(file) : valuesOf(file, session)),
    },
    get: {
      description: "Value of a variable; empty when there is none of that name.",
      args: { name, raw },
      type: "String!",
      resolve(file, args, session) {
        const found = rawOf(file).find((each) => each.name === args.name);
        if (!found) return "";
        return args.raw ? found.value : evaluated(file, args.name, session);
      },
    },
    exists: {
      description: "Is there a variable of that name?",
      args: { name },
      type: "Boolean!",
      resolve: (file, args) => rawOf(file).some((each) => each.name === args.name),
    },
    withVariable: {
      description: "With a variable, in the place of the one of its name.",
      args: { name, value: { type: "String!", description: "Its value, as a file holds it" } },
      type: "EnvFile!",
      resolve: (file, args, session) =>
        checkedEnvFile(withLine(file, args.name, args.value), session),
    },
    withoutVariable: {
      description: "Without a variable.",
      args: { name },
      type: "EnvFile!",
      resolve: (file, args): EnvFile => ({
        ...file,
        lines: file.lines.filter((line) => nameOf(line) !== args.name),
      }),
    },
    namespace: {
      description: "The variables with a prefix, without it; others can still be referred to.",
      args: { prefix: { type: "String!", description: 'The prefix (example: "MY_APP_")' } },
      type: "EnvFile!",
      resolve(file, { prefix }): EnvFile {
        const variables = rawOf(file).map((each) => ({ ...each, rest: after(each.name, prefix) }));
        return {
          lines: variables.flatMap(({ rest, value }) =>
            rest === undefined ? [] : `${rest}=${value}`,
          ),
          context: [
            ...file.context,
            ...variables.flatMap((each) =>
              each.rest === undefined ? `${each.name}=${each.value}` : [],
            ),
          ],
        };
      },
    },
    asFile: {
      description: "The variables as a file, `.env`.",
      args: {},
      type: "File!",
      resolve: ({ lines }) =>
        fileOfContents(".env", lines.map((line) => `${line}\n`).join(""), 0o644),
    },
  },
});

/** Reads a text; a line without `=` is a name, and so is a comment (file/as-env-file-bad). */
export function parseEnvFile(text: string, session: Session): EnvFile {
  let file = emptyEnvFile;
  for (const line of text.split("\n")) {
    const clean = line.trim().replace(/^export\s+/u, "");
    if (clean === "") continue;
    const [key = "", value = ""] = clean.split(/=(.*)/su);
    file = withLine(file, key, value);
  }
  return checkedEnvFile(file, session);
}

function withLine(file: EnvFile, key: string, value: string): EnvFile {
  const line = `${key}=${value}`;
  const index = file.lines.findIndex((each) => nameOf(each) === key);
  const lines = index < 0 ? [...file.lines, line] : file.lines.with(index, line);
  return { ...file, lines };
}

function nameOf(line: string): string {
  return line.split("=", 1)[0] ?? "";
}

/** The variables as they are written, by name; of several of a name the last one. */
function rawOf({ lines }: EnvFile): { name: string; value: string }[] {
  const values = new Map(lines.map((line) => [nameOf(line), line.slice(nameOf(line).length + 1)]));
  return [...values].map(([key, value]) => ({ name: key, value })).sort(byName);
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

/** What follows a prefix, however it is spelt: `myApp`, `my_app` and `MY_APP_` are the same. */
function after(variable: string, prefix: string): string | undefined {
  const words = prefix
    .replace(/([a-z0-9])([A-Z])/gu, "$1_$2")
    .split(/[_\s.-]+/u)
    .filter(Boolean);
  for (const spelt of [`${words.join("")}_`, `${words.join("_")}_`]) {
    if (variable.toLowerCase().startsWith(spelt.toLowerCase())) return variable.slice(spelt.length);
  }
  return undefined;
}
