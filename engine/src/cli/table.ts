import { bold } from "./help.ts";

/** Names and descriptions in two columns under bold headings. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const heads = ["Name", "Description"] as const;
  const width = Math.max(heads[0].length, ...rows.map(([name]) => name.length)) + 3;
  const head = `${bold(heads[0])}${" ".repeat(width - heads[0].length)}${bold(heads[1])}\n`;
  return head + rows.map(([name, description]) => `${name.padEnd(width)}${description}\n`).join("");
}

/** What a list says of something: the first line of its description. */
export function short(description: string): string {
  return description.split("\n", 1)[0] || "-";
}
