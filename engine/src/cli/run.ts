import { spawn } from "node:child_process";
import type { Command } from "./command.ts";
import { flag } from "./flags/flag.ts";
import { FlagSet } from "./flags/flag-set.ts";
import * as types from "./flags/types.ts";
import { globalFlags, listedGlobalFlags } from "./global-flags.ts";
import { helpText } from "./help.ts";
import { helpWidth } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** `run`: runs a program that finds a session in DAGGER_SESSION_PORT and DAGGER_SESSION_TOKEN. */
export const run: Command = async (args, { io, globals, open, signal }) => {
  const help = flag({ name: "help", shorthand: "h", usage: "", type: types.boolean, hidden: true });
  const [program, ...programArgs] = new FlagSet([help, ...Object.values(globalFlags())]).parse(
    args,
    { stopAtWord: true },
  );
  if (help.changed) {
    io.out(helpText({ ...page, flags: [], inherited: listedGlobalFlags(globals) }, helpWidth(io)));
    return 0;
  }
  if (program === undefined) throw new UsageError("requires at least 1 arg(s), only received 0");
  const session = await open();
  const { port, token } = await session.listen();
  const child = spawn(program, programArgs, {
    cwd: io.workdir,
    stdio: "inherit",
    env: { ...io.env, DAGGER_SESSION_PORT: String(port), DAGGER_SESSION_TOKEN: token },
  });
  const stop = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), patience).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing = `exec: ${JSON.stringify(program)}: executable file not found in $PATH`;
      reject(error.code === "ENOENT" ? new UsageError(missing) : error);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
};

/** How long a program that is interrupted may take to end by itself, in milliseconds. */
const patience = 8_000;

const page = {
  description: `Executes the specified command in a Dagger Session and displays
live progress in a TUI.

\`DAGGER_SESSION_PORT\` and \`DAGGER_SESSION_TOKEN\` will be conveniently
injected automatically.
`,
  usage: "dagger run [options] <command>...",
  aliases: "run, r",
  examples: "dagger run go run main.go\ndagger run node index.mjs\ndagger run python main.py\n",
};
