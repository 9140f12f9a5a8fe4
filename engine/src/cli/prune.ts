import { defaultCacheRoot, openCacheFolder } from "../cache-folder.ts";
import { parseAge, parseSize, showSize, WrongAmount } from "../prune/amounts.ts";
import { limitsOf } from "../prune/automatic.ts";
import { type Pruned, prune as pruneCache } from "../prune/prune.ts";
import { isHelpAsked } from "./call/help-page.ts";
import type { Command } from "./command.ts";
import type { FlagType } from "./flags/flag.ts";
import { flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { globalFlags, listedGlobalFlags } from "./global-flags.ts";
import { helpText } from "./help.ts";
import { helpWidth } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** `prune`: removes from the cache what was used longest ago, and says what that freed. */
export const prune: Command = async (args, { io, globals, signal }) => {
  const limits = limitsOf(io.env);
  const maxSize = flag({
    name: "max-size",
    usage: "Remove what was used longest ago until the cache is not larger than this",
    type: amount("size", parseSize),
    default: showSize(limits.maxSize),
  });
  const olderThan = flag({
    name: "older-than",
    usage: "Remove what was not used for longer than this",
    type: amount("age", parseAge),
    default: `${limits.maxAge / 86_400_000}d`,
  });
  const dryRun = flag({
    name: "dry-run",
    shorthand: "n",
    usage: "Say what would be removed, and leave it",
    type: types.boolean,
  });
  const own = [maxSize, olderThan, dryRun];
  if (isHelpAsked(args)) {
    io.out(helpText({ ...page, flags: own, inherited: listedGlobalFlags(globals) }, helpWidth(io)));
    return 0;
  }
  const words = new FlagSet([...own, ...Object.values(globalFlags())]).parse(args);
  if (words.length > 0)
    throw new UsageError(`unknown command ${JSON.stringify(words[0])} for "galley prune"`);
  const isDry = dryRun.value === true;
  const pruned = await pruneCache(openCacheFolder(defaultCacheRoot(io.env)), {
    limits: {
      maxSize: maxSize.changed ? Number(maxSize.value) : limits.maxSize,
      maxAge: olderThan.changed ? Number(olderThan.value) : limits.maxAge,
    },
    dryRun: isDry,
    tidy: true,
    signal,
  });
  io.out(report(pruned, isDry));
  return 0;
};

function report({ size, left, freed, removed, inUseBy }: Pruned, isDry: boolean): string {
  const what = Object.entries(removed)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([folder, count]) => `${count} in ${folder}`);
  const sum = isDry
    ? `would free ${showSize(freed)}; of ${showSize(size)}, ${showSize(left)} would be left\n`
    : `freed ${showSize(freed)}; of ${showSize(size)}, ${showSize(left)} are left\n`;
  const busy =
    inUseBy.length === 0
      ? ""
      : `in use by process ${inUseBy.join(", ")}: what was used since it began was not touched\n`;
  const list =
    what.length === 0 ? "" : `${isDry ? "would remove" : "removed"} ${what.join(", ")}\n`;
  return `${list}${sum}${busy}`;
}

/** A flag's amount; what is wrong with it is a matter of usage. */
function amount(label: string, parse: (text: string) => number): FlagType {
  return {
    label,
    parse: (text) => {
      try {
        return parse(text);
      } catch (error) {
        throw error instanceof WrongAmount ? new UsageError(error.message) : error;
      }
    },
  };
}

const page = {
  description: `Remove from the cache what was used longest ago.

Galley does this by itself at the end of a session, at most once an hour, with
the limits of GALLEY_CACHE_SIZE and GALLEY_CACHE_AGE.
`,
  usage: "galley prune [options]",
  examples: "galley prune --dry-run\ngalley prune --max-size=5GB\ngalley prune --older-than=7d\n",
};
