import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import type { GraphQLAnswer } from "../server/answer.ts";
import { isHelpAsked } from "./call/help-page.ts";
import type { Command } from "./command.ts";
import { flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { globalFlags, listedGlobalFlags } from "./global-flags.ts";
import { helpText } from "./help.ts";
import { helpWidth, type Io } from "./io.ts";
import { loadModule } from "./load-module.ts";
import { moduleFlags } from "./module-flags.ts";
import { UsageError } from "./usage-error.ts";

/** `query`: sends a GraphQL document to a session and prints the data of its answer. */
export const query: Command = async (args, { io, globals, open }) => {
  const modules = moduleFlags();
  const doc = flag({
    name: "doc",
    usage: "Read query from file (defaults to reading from stdin)",
    type: types.text,
  });
  const variables = flag({
    name: "var",
    usage: "List of query variables, in key=value format",
    type: types.texts,
  });
  const variablesJson = flag({
    name: "var-json",
    usage: "Query variables in JSON format (overrides --var)",
    type: types.text,
  });
  const own = [doc, variables, variablesJson, ...Object.values(modules)];
  if (isHelpAsked(args)) {
    io.out(helpText({ ...page, flags: own, inherited: listedGlobalFlags(globals) }, helpWidth(io)));
    return 0;
  }
  const words = new FlagSet([...own, ...Object.values(globalFlags())]).parse(args);
  if (words.length > 1) {
    throw new UsageError(`accepts at most 1 arg(s), received ${words.length}`);
  }
  const document = doc.changed
    ? await readFile(resolve(io.workdir, String(doc.value)), "utf8")
    : await textOf(io);
  const given = variablesJson.changed
    ? fromJson(String(variablesJson.value))
    : keyValues((variables.value ?? []) as string[]);

  const session = await open();
  await loadModule(session, modules);
  const reply = await session.query({
    query: document,
    variables: given,
    ...(words[0] ? { operationName: words[0] } : {}),
  });
  const problem = problemOf(reply);
  if (problem !== undefined) {
    io.err(`Error: make request: ${problem}\n`);
    return 1;
  }
  io.out(`${goJson(reply.data, 4)}\n`);
  return 0;
};

const page = {
  description: `Send API queries to a dagger engine.

When no document file is provided, reads query from standard input.

Can optionally provide the GraphQL operation name if there are multiple
queries in the document.
`,
  usage: "dagger query [options] [operation]",
  aliases: "query, q",
  examples: `dagger query <<EOF
{
  container {
    from(address:"hello-world") {
      withExec(args:["/hello"]) {
        stdout
      }
    }
  }
}
EOF
`,
};

async function textOf({ stdin }: Io): Promise<string> {
  if (stdin.isTTY) return "";
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}

function fromJson(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    const said = error instanceof z.ZodError ? "it is no object" : (error as Error).message;
    throw new UsageError(`--var-json: ${said}: ${text}`);
  }
}

function keyValues(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = "", value] = pair.split(/=(.*)/su);
      if (value === undefined) {
        throw new UsageError(`--var ${JSON.stringify(pair)}: expected key=value`);
      }
      return [key, value];
    }),
  );
}

/** What the client library of Dagger's command line says of an answer that is no success. */
function problemOf({ status, data, errors }: GraphQLAnswer): string | undefined {
  if (status !== 200) return `returned error ${status}: ${goJson({ data, errors })}`;
  if (!errors || errors.length === 0) return undefined;
  return errors
    .map(({ path, message }) => `input: ${path ? `${path.join(".")} ` : ""}${message}`)
    .join("\n");
}

/** JSON as Go writes it: safe for HTML. */
function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[<>&\u2028\u2029]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
