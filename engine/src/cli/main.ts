import { constants } from "node:os";
import { resolve } from "node:path";
import type { EngineSession } from "../server/session.ts";
import { wantsSpans } from "../telemetry/configured.ts";
import type { Spans } from "../telemetry/spans.ts";
import type { Command } from "./command.ts";
import { commandNamed, rootHelp } from "./commands.ts";
import { type Flag, flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { type GlobalFlags, globalFlags } from "./global-flags.ts";
import { onInterrupt } from "./interrupt.ts";
import { helpWidth, type Io } from "./io.ts";
import { moduleFlags } from "./module-flags.ts";
import { openProgress } from "./progress/open.ts";
import { UsageError } from "./usage-error.ts";

/** Carries out one command line in this process; the answer is the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const globals = globalFlags();
  try {
    const shell = rootFlags();
    const before = new FlagSet([
      ...Object.values(globals),
      ...Object.values(moduleFlags()),
      ...shell,
    ]);
    const isHelp = /^(--help|-h|help)$/u.test(args[0] ?? "help");
    const [name, ...after] = isHelp ? [] : before.parse(args, { stopAtWord: true });
    refuse(shell);
    if (name === undefined) {
      process.stdout.write(rootHelp(globals, helpWidth({ columns: process.stdout.columns })));
      return 0;
    }
    const command = await commandNamed(name);
    // A program that is run has flags of its own; all other words are this command line's.
    if (name !== "run" && name !== "r") readEverywhere(globals, after);
    const leading = args.slice(0, args.length - after.length - 1);
    return await carryOut(command, name, [...leading, ...after], globals);
  } catch (error) {
    process.stderr.write(`Error: ${(error as Error).message}\n`);
    return 1;
  }
}

/** Global flags may stand anywhere. What is wrong with others is for the command to say. */
function readEverywhere(globals: GlobalFlags, args: readonly string[]): void {
  new FlagSet(Object.values(globals)).parse(args, { passUnknown: true });
}

async function carryOut(
  command: Command,
  name: string,
  args: readonly string[],
  globals: GlobalFlags,
): Promise<number> {
  const { interactive, web, noExit, xRelease } = globals;
  refuse([interactive, web, noExit, xRelease, ...otherLock(globals)]);
  // Who reads our output may stop before its end, as `head` does.
  process.stdout.on("error", () => process.exit(128 + constants.signals.SIGPIPE));
  if (globals.workdir.changed) process.chdir(resolve(String(globals.workdir.value)));
  const progress = await openProgress(globals, process.stderr, process.env);
  const interrupt = new AbortController();
  let session: EngineSession | undefined;
  let spans: Spans | undefined;
  const close = async () => {
    await session?.close();
    progress.finish();
  };
  const io: Io = {
    stdin: process.stdin,
    out(text) {
      progress.finish();
      process.stdout.write(text);
    },
    err(text) {
      // What an interruption breaks off is no news to who interrupted.
      if (interrupt.signal.aborted) return;
      progress.finish();
      process.stderr.write(text);
    },
    env: process.env,
    workdir: process.cwd(),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    showsFailures: progress.showsFailures,
  };
  const carriedOut = command(args, {
    io,
    globals,
    signal: interrupt.signal,
    async open() {
      const { openSession } = await import("../server/session.ts");
      if (wantsSpans(process.env)) {
        const { openSpans } = await import("../telemetry/spans.ts");
        const warn = (text: string) => void process.stderr.write(`galley: ${text}\n`);
        spans = openSpans(`galley ${name}`, performance.timeOrigin, process.env, warn);
      }
      session = await openSession({
        workdir: io.workdir,
        env: process.env,
        signal: interrupt.signal,
        followParents: spans !== undefined,
        onEvent(event) {
          progress.show(event);
          spans?.take(event);
        },
      });
      return session;
    },
  });
  const interrupted = onInterrupt(interrupt, () => Promise.allSettled([close(), carriedOut]));
  let code = 1;
  try {
    code = await Promise.race([carriedOut, interrupted]);
    if (interrupt.signal.aborted) code = await interrupted;
  } catch (error) {
    if (interrupt.signal.aborted) code = await interrupted;
    else {
      const { message, stack } = error as Error;
      io.err(globals.debug.value === true ? `${stack}\n` : `Error: ${message}\n`);
    }
  } finally {
    await close();
    await spans?.end(code);
  }
  return code;
}

/** Flags that stand before any command only: those of Dagger's shell. */
function rootFlags(): Flag[] {
  return [
    flag({
      name: "command",
      shorthand: "c",
      usage: "Execute a dagger shell command",
      type: types.text,
    }),
    flag({ name: "model", usage: "LLM model to use", type: types.text }),
  ];
}

/** Without a lock file of lookups, as by default, is the one way that galley knows. */
function otherLock({ lock }: GlobalFlags): Flag[] {
  return lock.value === "disabled" ? [] : [lock];
}

/** What Dagger's command line can, and galley's cannot. */
function refuse(flags: readonly Flag[]): void {
  for (const flag of flags) {
    if (!flag.changed || flag.value === false) continue;
    throw new UsageError(`--${flag.name}: galley does not have this; Dagger's engine does`);
  }
}
