import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { offerChanges } from "./call/changes.ts";
import { helpPage, isHelpAsked, withoutHelp } from "./call/help-page.ts";
import { leafOf } from "./call/leaf.ts";
import { printed } from "./call/print.ts";
import { coreTypes, providerName, type Types, typesOf } from "./call/types.ts";
import { WrongCall, walk } from "./call/walk.ts";
import { failedStep } from "./call-failed.ts";
import type { Command, Surroundings } from "./command.ts";
import { type Flag, flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { globalFlags } from "./global-flags.ts";
import { helpText } from "./help.ts";
import { helpWidth, type Io } from "./io.ts";
import { loadModule } from "./load-module.ts";
import { type ModuleFlags, moduleFlags } from "./module-flags.ts";
import { request } from "./request.ts";

/** `call`: calls functions, each on what the one before it answered, and prints the last answer. */
export const call: Command = (args, surroundings) =>
  calling(args, surroundings, {
    path: "dagger call",
    description: "Call one or more functions, interconnected into a pipeline",
    modules: moduleFlags(),
  });

/** `core`: the same with the functions of the API itself. */
export const core: Command = (args, surroundings) =>
  calling(args, surroundings, { path: "dagger core", description: "Call a core function" });

interface Start {
  readonly path: string;
  readonly description: string;
  /** absent: no module is loaded */
  readonly modules?: ModuleFlags;
}

async function calling(
  args: readonly string[],
  { io, globals, open }: Surroundings,
  { modules, ...start }: Start,
): Promise<number> {
  const json = flag({
    name: "json",
    shorthand: "j",
    usage: "Present result as JSON",
    type: types.boolean,
  });
  const output = flag({
    name: "output",
    shorthand: "o",
    usage: "Save the result to a local file or directory",
    type: types.text,
  });
  const own: Flag[] = [...Object.values(modules ?? {}), json, output];
  // Read once already, from the whole command line; here they are only passed over.
  const inherited: Flag[] = Object.values(globalFlags());
  const helpOnly = isHelpAsked(args);
  new FlagSet([...own, ...inherited]).parse(args, { stopAtWord: true, passUnknown: true });

  const session = await open();
  const module = modules ? await loadModule(session, modules) : undefined;
  const known = modules ? typesOf(module?.typeDefs) : await coreTypes();
  const showHelp = (command: Parameters<typeof helpPage>[0]) =>
    io.out(helpText(helpPage(command, globals), helpWidth(io)));

  let walked: Awaited<ReturnType<typeof walk>>;
  try {
    walked = await walk(helpOnly ? withoutHelp(args) : args, {
      types: known,
      start,
      session,
      own,
      inherited,
      helpOnly,
    });
  } catch (error) {
    if (!(error instanceof WrongCall)) throw error;
    io.err(`Error: ${error.message}\n`);
    if (helpOnly) {
      io.out("\n");
      showHelp(error.command);
    } else {
      io.err(`Run '${error.command.path} --help' for usage.\n`);
    }
    return printStep(error, io) ?? 1;
  }
  if (helpOnly) {
    showHelp(walked.command);
    return 0;
  }
  const file = output.changed ? String(output.value) : undefined;
  const apply = globals.autoApply.value === true;
  return answer(walked, { known, file, apply, asJson: json.value === true, io, session });
}

interface Answering {
  readonly known: Types;
  readonly file: string | undefined;
  /** changes are made to the host without asking */
  readonly apply: boolean;
  readonly asJson: boolean;
  readonly io: Io;
  readonly session: Parameters<typeof request>[0];
}

async function answer(
  { command, chain }: Awaited<ReturnType<typeof walk>>,
  { known, file, apply, asJson, io, session }: Answering,
): Promise<number> {
  const { returns } = command;
  if (returns.kind === "object" && returns.name === "Query") {
    io.out("Query\n");
    return 0;
  }
  const leaf = await leafOf(returns, known, file);
  let text: string;
  try {
    const answered = await request(session, [...chain, ...leaf.fields]);
    if (leaf.exports) {
      io.err(`Saved to ${JSON.stringify(answered)}.\n`);
      return 0;
    }
    if (providerName(returns) === "Changeset") {
      return await offerChanges(idsOf(answered), apply, io, session);
    }
    text = printed(answered, returns, asJson);
  } catch (error) {
    io.err(`Error: ${(error as Error).message}\n`);
    return printStep(error, io) ?? 1;
  }
  const isText = returns.kind !== "void" && leaf.fields.length === 0;
  if (file !== undefined && isText) {
    const path = resolve(io.workdir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    io.err(`Saved output to ${JSON.stringify(path)}.\n`);
  }
  io.out(io.columns !== undefined && text !== "" && !text.endsWith("\n") ? `${text}\n` : text);
  return 0;
}

/** The handles of an answer: one, or those of a list's items. */
function idsOf(answered: unknown): string[] {
  if (Array.isArray(answered)) return answered.flatMap(idsOf);
  const id = typeof answered === "string" ? answered : (answered as { id?: unknown } | null)?.id;
  return typeof id === "string" ? [id] : [];
}

/** What the failed step behind an error wrote; its exit code is the command's. */
function printStep(error: unknown, io: Io): number | undefined {
  const step = failedStep(error);
  if (!step) return undefined;
  if (io.showsFailures) return step.exitCode & 0xff;
  if (step.stdout !== "") io.err(`Stdout:\n${step.stdout}\n`);
  if (step.stderr !== "") io.err(`Stderr:\n${step.stderr}\n`);
  return step.exitCode & 0xff;
}
