import type { Command } from "./command.ts";
import { type GlobalFlags, listedGlobalFlags } from "./global-flags.ts";
import { helpText, type Row } from "./help.ts";
import { UsageError } from "./usage-error.ts";

/** The commands, loaded when they are called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  call: async () => (await import("./call.ts")).call,
  core: async () => (await import("./call.ts")).core,
  functions: async () => (await import("./functions.ts")).functions,
  check: async () => (await import("./check.ts")).check,
  checks: async () => (await import("./check.ts")).check,
  query: async () => (await import("./query.ts")).query,
  q: async () => (await import("./query.ts")).query,
  run: async () => (await import("./run.ts")).run,
  r: async () => (await import("./run.ts")).run,
  prune: async () => (await import("./prune.ts")).prune,
  version: async () => (await import("./version.ts")).version,
  doctor: async () => {
    const { doctor } = await import("./doctor.ts");
    return (args) => doctor(args);
  },
};

const byHand =
  "edit dagger.json by hand; a dependency is a folder, or github.com/owner/repo@v1.2.0";
const generated =
  "nothing has to be generated: an editor finds types in the package @dagger.io/dagger";
const cloud = "galley sends nothing to Dagger Cloud";
const callIt = "call the functions by their names";

/** Dagger's other commands, and what to do without them. */
const leftOut: Readonly<Record<string, string>> = {
  client: generated,
  completion: "there is none for shells",
  config: "read dagger.json",
  develop: generated,
  engine: "galley is no server that stays",
  generate: callIt,
  init: byHand,
  install: byHand,
  listen: "use run, which gives a program a session",
  lock: "galley keeps no lock file of lookups: write commits as pin into dagger.json",
  login: cloud,
  logout: cloud,
  mcp: "galley serves no language models",
  session: "use run, which gives a program a session",
  shell: "use call, or query",
  toolchain: byHand,
  uninstall: byHand,
  up: callIt,
  update: byHand,
  watch: "use --progress=plain",
};

export async function commandNamed(name: string): Promise<Command> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const without = Object.hasOwn(leftOut, name) ? leftOut[name] : undefined;
  if (without) throw new UsageError(`galley does not have ${JSON.stringify(name)}: ${without}`);
  if (!command) {
    throw new UsageError(`unknown command or file ${JSON.stringify(name)} for "dagger"`);
  }
  return command();
}

const described: readonly Row[] = [
  ["call", "Call one or more functions, interconnected into a pipeline"],
  ["core", "Call a core function"],
  ["check", "Check the state of your project by running tests, linters, etc."],
  ["doctor", "Say what this machine lacks, and how to get it"],
  ["functions", "List available functions"],
  ["prune", "Remove from the cache what was used longest ago"],
  ["query", "Send API queries to a dagger engine"],
  ["run", "Run a command in a Dagger session"],
  ["version", "Print galley's version"],
];

/** What the command line offers as a whole. */
export function rootHelp(globals: GlobalFlags, width: number): string {
  return helpText(
    {
      description: "Run Dagger modules on one machine, without Docker or an image registry",
      usage: "galley [options] <command>",
      lists: [{ title: "Commands", rows: described }],
      flags: listedGlobalFlags(globals),
      more: "galley",
    },
    width,
  );
}
