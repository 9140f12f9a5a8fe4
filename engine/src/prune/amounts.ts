/** What is wrong with an amount that somebody wrote. */
export class WrongAmount extends Error {}

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** Bytes of `20GB`, `1.5 GiB`, `0`. */
export function parseSize(text: string): number {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/iu.exec(text) ?? [];
  const factor = sizeUnits[unit.toUpperCase()];
  if (number !== "" && factor !== undefined) return Number(number) * factor;
  throw new WrongAmount(
    `${JSON.stringify(text)} is no size: write a number and a unit, as 20GB, 500MB or 1.5GiB`,
  );
}

const ageUnits: Readonly<Record<string, number>> = {
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 24 * 3600e3,
  w: 7 * 24 * 3600e3,
};

/** Milliseconds of `30d`, `12h`, `90m`, `0`. */
export function parseAge(text: string): number {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([smhdw]?)\s*$/u.exec(text) ?? [];
  const factor = ageUnits[unit];
  if (number !== "" && factor !== undefined) return Number(number) * factor;
  if (number !== "" && Number(number) === 0) return 0;
  throw new WrongAmount(
    `${JSON.stringify(text)} is no age: write a number and a unit, as 30d, 12h or 90m`,
  );
}

/** `9.6 GB`, `0 B` */
export function showSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = bytes;
  let unit = 0;
  for (; amount >= 1000 && unit < units.length - 1; unit++) amount /= 1000;
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}
