import type { Flag } from "./flags/flag.ts";
import { flagUsages } from "./flags/usages.ts";

/** What help says of a command, in the order in which it is printed. */
export interface HelpPage {
  readonly description: string;
  /** `dagger call hello [arguments]` */
  readonly usage: string;
  readonly aliases?: string;
  readonly examples?: string;
  /** under their headings, in order: functions, commands */
  readonly lists?: readonly { readonly title: string; readonly rows: readonly Row[] }[];
  /** the command's own; each under its group's heading */
  readonly flags: readonly Flag[];
  readonly inherited?: readonly Flag[];
  /** `dagger call`: words can follow, and each has its own help */
  readonly more?: string;
}

export type Row = readonly [name: string, description: string];

/** The page as text; headings are bold even without a terminal, as Dagger's are. */
export function helpText(page: HelpPage, width: number): string {
  const parts = [`${page.description.trimEnd()}\n\n${heading("Usage")}\n  ${page.usage}`];
  if (page.aliases) parts.push(`${heading("Aliases")}\n  ${page.aliases}`);
  if (page.examples) parts.push(`${heading("Examples")}\n${indented(page.examples)}`);
  for (const { title, rows } of page.lists ?? []) {
    if (rows.length > 0) parts.push([heading(title), ...rowLines(rows, width)].join("\n"));
  }
  const groups = grouped(page.flags)
    .map(([title, flags]) => `${heading(title)}\n${flagUsages(requiredFirst(flags), width)}`)
    .join("\n");
  if (groups !== "") parts.push(groups.trimEnd());
  if (page.inherited && page.inherited.length > 0) {
    parts.push(
      `${heading("Inherited Options")}\n${flagUsages(byName(page.inherited), width).trimEnd()}`,
    );
  }
  if (page.more) {
    parts.push(`Use "${page.more} [command] --help" for more information about a command.`);
  }
  return `${parts.join("\n\n")}\n`;
}

function heading(title: string): string {
  return bold(title.toUpperCase());
}

export function bold(text: string): string {
  return `\u001b[1m${text}\u001b[0m`;
}

export function faint(text: string): string {
  return `\u001b[2m${text}\u001b[0m`;
}

function grouped(flags: readonly Flag[]): [string, Flag[]][] {
  const groups = new Map<string, Flag[]>();
  for (const flag of flags.filter(({ hidden }) => !hidden)) {
    const title = flag.group ?? "Options";
    groups.set(title, [...(groups.get(title) ?? []), flag]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function requiredFirst(flags: readonly Flag[]): Flag[] {
  const sorted = byName(flags);
  return [...sorted.filter((each) => each.required), ...sorted.filter((each) => !each.required)];
}

function byName(flags: readonly Flag[]): Flag[] {
  return [...flags].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Columns that a list leaves for names at least. */
const narrowestNames = 11;

function rowLines(rows: readonly Row[], width: number): string[] {
  const longest = Math.max(narrowestNames, ...rows.map(([name]) => name.length));
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, description]) => {
      const start = `  ${name.padEnd(longest)}   `;
      if (start.length + description.length < width) return start + description;
      return start + wrapped(description, width - start.length, start.length);
    });
}

function wrapped(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/u)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gmu, "  ").trimEnd();
}
