import type { Field } from "../define.ts";

/** A field that only reads: no arguments, and its value at once. */
export function reading<Self>(
  description: string,
  type: string,
  resolve: (self: Self) => unknown,
): Field<Self> {
  return { description, args: {}, type, resolve: (self) => resolve(self) ?? null };
}
