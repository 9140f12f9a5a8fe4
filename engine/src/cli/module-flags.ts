import { type Flag, flag } from "./flags/flag.ts";
import * as types from "./flags/types.ts";

/** Which module a command works on. */
export interface ModuleFlags {
  readonly mod: Flag;
  readonly noMod: Flag;
  readonly allowLlm: Flag;
  readonly eagerRuntime: Flag;
}

export function moduleFlags(): ModuleFlags {
  return {
    mod: flag({
      name: "mod",
      shorthand: "m",
      usage:
        "Module reference to load, either a local path or a remote git repo (defaults to current directory)",
      type: types.text,
    }),
    noMod: flag({
      name: "no-mod",
      shorthand: "M",
      usage: "Don't automatically load a module (mutually exclusive with --mod)",
      type: types.boolean,
    }),
    allowLlm: flag({
      name: "allow-llm",
      usage:
        "List of URLs of remote modules allowed to access LLM APIs, or 'all' to bypass restrictions for the entire session",
      type: types.texts,
    }),
    eagerRuntime: flag({
      name: "eager-runtime",
      usage: "load module runtime eagerly",
      type: types.boolean,
    }),
  };
}
