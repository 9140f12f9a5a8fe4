import { ApiError } from "../tree/api-error.ts";

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration as Go writes it (`1m30s`, `500ms`) in nanoseconds. */
export function nanoseconds(text: string): number {
  if (text === "0") return 0;
  const parts = [...text.matchAll(/(?<count>\d+(?:\.\d*)?)(?<unit>ns|us|µs|ms|s|m|h)/gu)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new ApiError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  return parts.reduce((sum, { groups }) => {
    return sum + Number(groups?.count) * (units[groups?.unit as string] as number);
  }, 0);
}

/** Nanoseconds as Go writes a duration: `1m30s`, `0s`. */
export function durationText(value: number): string {
  if (value === 0) return "0s";
  if (value < 1e3) return `${value}ns`;
  if (value < 1e6) return `${value / 1e3}µs`;
  if (value < 1e9) return `${value / 1e6}ms`;
  const hours = Math.floor(value / 3600e9);
  const minutes = Math.floor((value % 3600e9) / 60e9);
  const seconds = (value % 60e9) / 1e9;
  const above = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${above}${seconds}s`;
}
