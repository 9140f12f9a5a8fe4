import * as z from "zod";

/** A duration in kitchen.yaml. */
export const duration = z
  .string()
  .regex(/^\d+(?:s|m|h)$/, "a duration such as 90s, 10m or 1h")
  .describe("A duration: a whole number of s, m or h");

export function toSeconds(text: string): number {
  const unit = { s: 1, m: 60, h: 3600 }[text.at(-1) as "s" | "m" | "h"];
  return Number.parseInt(text, 10) * unit;
}
