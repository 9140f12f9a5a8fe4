import { type GlobalFlags, listedGlobalFlags } from "../global-flags.ts";
import type { HelpPage } from "../help.ts";
import { kebab } from "../names.ts";
import { short } from "../table.ts";
import type { CalledCommand } from "./walk.ts";

/** Is help asked for anywhere in a call? */
export function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((each) => /^(--help|-h)$/u.test(each));
}

export function withoutHelp(args: readonly string[]): string[] {
  return args.filter((each) => !/^(--help|-h)$/u.test(each));
}

/** The help of a function, or of `call` itself. */
export function helpPage(command: CalledCommand, globals: GlobalFlags): HelpPage {
  const hasFunctions = command.functions.length > 0;
  return {
    description: command.description.trimEnd() || "-",
    usage: [
      command.path,
      ...(command.isRoot ? ["[options]"] : command.hasArguments ? ["[arguments]"] : []),
      ...(hasFunctions ? ["<function>"] : []),
    ].join(" "),
    lists: [
      {
        title: "Functions",
        rows: command.functions.map((each) => [kebab(each.name), short(each.description)] as const),
      },
    ],
    flags: command.flags,
    ...(command.isRoot ? { inherited: listedGlobalFlags(globals) } : {}),
    ...(hasFunctions ? { more: command.path } : {}),
  };
}
