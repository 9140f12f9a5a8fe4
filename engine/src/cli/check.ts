import { isHelpAsked } from "./call/help-page.ts";
import type { Selection } from "./call/selection.ts";
import { checkChain, checkName, isAsked } from "./checks.ts";
import type { Command } from "./command.ts";
import { flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { globalFlags, listedGlobalFlags } from "./global-flags.ts";
import { helpText } from "./help.ts";
import { helpWidth } from "./io.ts";
import { loadModule } from "./load-module.ts";
import { moduleFlags } from "./module-flags.ts";
import { type Asked, request } from "./request.ts";
import { table } from "./table.ts";

/** `check`: runs the module's checks at the same time; its exit code says whether all passed. */
export const check: Command = async (args, { io, globals, open }) => {
  const { mod, noMod } = moduleFlags();
  const list = flag({
    name: "list",
    shorthand: "l",
    usage: "List available checks",
    type: types.boolean,
  });
  const failFast = flag({
    name: "failfast",
    usage: "Cancel remaining checks on first failure",
    type: types.boolean,
  });
  const own = [list, failFast, mod, noMod];
  if (isHelpAsked(args)) {
    io.out(
      helpText(
        {
          description: `Check the state of your project by running tests, linters, etc.

Examples:
  dagger check                    # Run all checks
  dagger check -l                 # List all available checks
  dagger check go:lint            # Run the go:lint check and any subchecks
`,
          usage: "dagger check [options] [pattern...]",
          aliases: "check, checks",
          flags: own,
          inherited: listedGlobalFlags(globals),
        },
        helpWidth(io),
      ),
    );
    return 0;
  }
  const patterns = new FlagSet([...own, ...Object.values(globalFlags())]).parse(args);
  const session = await open();
  const module = await loadModule(session, { mod, noMod });
  const asked = (module?.checks ?? [])
    .map((each) => ({ ...each, name: module ? checkName(each, module.typeDefs) : "" }))
    .filter(({ name }) => isAsked(name, patterns))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (list.value === true) {
    io.out(table(asked.map(({ name, fn }) => [name, fn.description.split("\n", 1)[0] ?? ""])));
    return 0;
  }
  const chains = asked.map((each) => (module ? checkChain(each, module.typeDefs) : []));
  const failures = await run(session, chains, failFast.value === true);
  if (failures.length === 0) return 0;
  io.err(`Error: ${failures.map(({ message }) => message).join("\n")}\n`);
  return 1;
};

/** What went wrong, in the order of the checks; with `failFast` only what went wrong first. */
async function run(
  session: Asked,
  chains: readonly (readonly Selection[])[],
  failFast: boolean,
): Promise<Error[]> {
  const runs = chains.map((chain) => request(session, chain));
  if (failFast) {
    return Promise.all(runs).then(
      () => [],
      (error: Error) => [error],
    );
  }
  const results = await Promise.allSettled(runs);
  return results.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
}
