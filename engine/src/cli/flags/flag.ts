/** What a flag takes and how its text becomes a value. */
export interface FlagType {
  /** as the usage shows it after the name; empty for one that takes no value */
  readonly label: string;
  /** `before` is what the flag was set to earlier on the same command line */
  parse(text: string, before: unknown): unknown;
  /** what stands for the value when there is none; such a flag takes a value after `=` only */
  readonly implied?: string;
}

export interface Flag {
  readonly name: string;
  readonly shorthand?: string;
  readonly usage: string;
  readonly type: FlagType;
  /** as the usage shows it; absent: not shown */
  readonly default?: string;
  readonly hidden?: boolean;
  readonly required?: boolean;
  /** the heading under which help lists it; default: Options */
  readonly group?: string;
  /** whether the command line has it */
  changed: boolean;
  value: unknown;
}

/** A flag that is not set yet. */
export function flag(definition: Omit<Flag, "changed" | "value">): Flag {
  return { ...definition, changed: false, value: undefined };
}
