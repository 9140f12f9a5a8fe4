/** A moment or a duration cannot be read. */
export class MomentError extends Error {}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof units;

/**
 * Reads `2026-11-01T12:00:00Z`, or a duration from a moment on: `30m`, `72h`, `7d`.
 *
 * @param name of the argument, for the error
 * @throws MomentError
 */
export function readMoment(text: string, name: string, from: Date): Date {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count && unit) return new Date(from.getTime() + Number(count) * units[unit as Unit] * 1000);
  const moment = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw new MomentError(
    `${name} ${text}: a moment such as 2026-11-01T12:00:00Z, or a duration such as 30m, 72h or 7d`,
  );
}

/** RFC 3339 in UTC, whole seconds. */
export function writeMoment(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** `3 h 20 min`: the two largest units, rounded down. */
export function span(milliseconds: number): string {
  let seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const parts: string[] = [];
  for (const [name, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}
