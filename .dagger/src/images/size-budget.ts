import type { Component } from "../config/components.ts";
import type { BuiltImage } from "./build-image.ts";

/** How many layers a message names. */
const named = 3;

/** Why an image is too big, or undefined when it is not. */
export function overBudget({ image }: Component, { about }: BuiltImage): string | undefined {
  if (image.maxSize === undefined || about.size <= image.maxSize) return undefined;
  const largest = [...about.layers].sort((one, other) => other.size - one.size).slice(0, named);
  const lines = largest.map(({ size, createdBy }) => `  ${bytes(size)}  ${short(createdBy)}`);
  return [
    `${bytes(about.size)} is more than its budget of ${bytes(image.maxSize)} (image.maxSize in kitchen.yaml); its largest layers:`,
    ...lines,
  ].join("\n");
}

/** A size for people: 63.9 MB. */
export function bytes(size: number): string {
  const [unit, divisor] = size >= 1e9 ? ["GB", 1e9] : size >= 1e6 ? ["MB", 1e6] : ["kB", 1e3];
  return `${(size / (divisor as number)).toFixed(1)} ${unit}`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
