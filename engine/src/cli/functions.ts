import { supportedFunctions } from "./call/argument-flag.ts";
import { isHelpAsked } from "./call/help-page.ts";
import { type Provider, providerName, typesOf } from "./call/types.ts";
import type { Command } from "./command.ts";
import { FlagSet } from "./flags/flag-set.ts";
import { globalFlags, listedGlobalFlags } from "./global-flags.ts";
import { faint, helpText } from "./help.ts";
import { helpWidth } from "./io.ts";
import { loadModule } from "./load-module.ts";
import { moduleFlags } from "./module-flags.ts";
import { kebab } from "./names.ts";
import { short, table } from "./table.ts";
import { UsageError } from "./usage-error.ts";

/** `functions`: lists what the module offers, or what a chain of its functions leads to. */
export const functions: Command = async (args, { io, globals, open }) => {
  const modules = moduleFlags();
  if (isHelpAsked(args)) {
    io.out(
      helpText(
        {
          description:
            "List available functions in a module.\n\nThis is similar to `dagger call --help`, but only focused on showing the\navailable functions.\n",
          usage: "dagger functions [options] [function]...",
          flags: Object.values(modules),
          inherited: listedGlobalFlags(globals),
        },
        helpWidth(io),
      ),
    );
    return 0;
  }
  const words = new FlagSet([...Object.values(modules), ...Object.values(globalFlags())]).parse(
    args,
  );
  const session = await open();
  const types = typesOf((await loadModule(session, modules))?.typeDefs);
  let provider: Provider = types.query;
  for (const word of words) {
    const next = provider.functions.find(({ name }) => name === word || kebab(name) === word);
    if (!next) throw new UsageError(`no function "${word}" in type "${provider.name}"`);
    const type = providerName(next.returns);
    const found = type === undefined ? undefined : await types.provider(type);
    if (!found) {
      throw new UsageError(
        `function "${word}" returns type "${next.returns.kind.toUpperCase()}_KIND" with no further functions available`,
      );
    }
    provider = found;
  }
  const { supported, skipped } = supportedFunctions(provider);
  const hidden = [...skipped, ...(provider === types.query && types.construct ? ["with"] : [])];
  const shown = supported.filter(({ name }) => name !== "id");
  if (shown.length === 0) {
    io.err("No functions found.\n");
    return 0;
  }
  const rows = [...shown]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((each) => [kebab(each.name), short(each.description)] as const);
  io.out(table(rows));
  if (hidden.length > 0) {
    const names = hidden.sort().join(", ");
    io.out(`\n${faint(`Skipped ${hidden.length} function(s) with unsupported types: ${names}`)}\n`);
  }
  return 0;
};
