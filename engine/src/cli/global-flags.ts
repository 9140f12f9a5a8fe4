import { type Flag, flag } from "./flags/flag.ts";
import * as types from "./flags/types.ts";

/** Settings that every command takes, wherever they stand. */
export interface GlobalFlags {
  readonly workdir: Flag;
  readonly verbose: Flag;
  readonly quiet: Flag;
  readonly silent: Flag;
  readonly debug: Flag;
  readonly progress: Flag;
  readonly lock: Flag;
  readonly interactive: Flag;
  readonly interactiveCommand: Flag;
  readonly web: Flag;
  readonly noExit: Flag;
  readonly autoApply: Flag;
  readonly xRelease: Flag;
}

/** Dagger's own words, so that what is known of one command line holds for the other. */
export function globalFlags(): GlobalFlags {
  return {
    workdir: flag({
      name: "workdir",
      usage: "Set the working directory",
      type: types.text,
      hidden: true,
    }),
    verbose: flag({
      name: "verbose",
      shorthand: "v",
      usage: "Increase verbosity (use -vv or -vvv for more)",
      type: types.count,
    }),
    quiet: flag({
      name: "quiet",
      shorthand: "q",
      usage: "Reduce verbosity (show progress, but clean up at the end)",
      type: types.count,
    }),
    silent: flag({
      name: "silent",
      shorthand: "s",
      usage: "Do not show progress at all",
      type: types.boolean,
    }),
    debug: flag({
      name: "debug",
      shorthand: "d",
      usage: "Show debug logs and full verbosity",
      type: types.boolean,
    }),
    progress: flag({
      name: "progress",
      usage: "Progress output format (auto, plain, tty, dots, logs)",
      type: types.text,
      default: '"auto"',
    }),
    lock: flag({
      name: "lock",
      usage: "Lock lookup mode (disabled, live, pinned, frozen). Defaults to disabled.",
      type: types.text,
    }),
    interactive: flag({
      name: "interactive",
      shorthand: "i",
      usage: "Spawn a terminal on container exec failure",
      type: types.boolean,
    }),
    interactiveCommand: flag({
      name: "interactive-command",
      usage: "Change the default command for interactive mode",
      type: types.text,
      default: '"/bin/sh"',
    }),
    web: flag({
      name: "web",
      shorthand: "w",
      usage: "Open trace URL in a web browser",
      type: types.boolean,
    }),
    noExit: flag({
      name: "no-exit",
      shorthand: "E",
      usage: "Leave the TUI running after completion",
      type: types.boolean,
    }),
    autoApply: flag({
      name: "auto-apply",
      shorthand: "y",
      usage: "Automatically apply changes when a changeset is returned",
      type: types.boolean,
    }),
    xRelease: flag({
      name: "x-release",
      usage: "Run an experimental release from a Dagger git ref",
      type: types.text,
    }),
  };
}

/** The flags as help lists them: what was given is their default by then. */
export function listedGlobalFlags(flags: GlobalFlags): Flag[] {
  return Object.values(flags).map((each: Flag) =>
    each.type === types.boolean && each.value === true ? { ...each, default: "true" } : each,
  );
}
