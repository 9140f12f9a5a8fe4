import { markdownCode, markdownText } from "../report/markdown.ts";
import { printable } from "../report/text.ts";
import { type Action, type Attribute, actions, type Change } from "./changes.ts";

/** What people are told of a plan. */
export interface PlanStory {
  readonly environment: string;
  readonly digest: string;
  readonly serial: number;
  readonly terraform: string;
  readonly changes: readonly Change[];
  /** names of outputs that change */
  readonly outputs: readonly string[];
  /** addresses of what was changed by something else than Terraform */
  readonly drifted: readonly string[];
  /** what kitchen.yaml does not allow */
  readonly refused: readonly string[];
  readonly notes: readonly string[];
}

/** Most attributes that are shown of one change, and the length of a value. */
const mostAttributes = 12;
const longest = 80;

const words: Readonly<Record<Action, string>> = {
  destroy: "to destroy",
  replace: "to replace",
  forget: "to forget",
  change: "to change",
  create: "to create",
  import: "to import",
  move: "to move",
  read: "to read",
};

/** Numbers of each kind: `1 to destroy, 2 to create`. */
export function counts(changes: readonly Change[]): string {
  const numbers = actions.flatMap((action) => {
    const number = changes.filter((each) => each.action === action).length;
    return number > 0 ? [`${number} ${words[action]}`] : [];
  });
  return numbers.join(", ") || "no resource changes";
}

/** For a terminal: counts, then each change, the worst first. */
export function planText(story: PlanStory): string {
  const lines = [`plan of ${story.environment}: ${counts(story.changes)}`];
  for (const change of story.changes) {
    const place = change.place ? `  ${change.place.path}:${change.place.line}` : "";
    const guard = change.protected ? "  PROTECTED: no apply may do that" : "";
    lines.push(`  ${change.action.padEnd(7)}  ${printable(change.address)}${place}${guard}`);
    lines.push(...shown(change.attributes).map((each) => `             ${each}`));
  }
  if (story.outputs.length > 0) lines.push(`  outputs that change: ${story.outputs.join(", ")}`);
  if (story.drifted.length > 0) {
    lines.push(`  changed outside of Terraform: ${story.drifted.map(printable).join(", ")}`);
  }
  lines.push(...story.refused.map((each) => `  not allowed: ${printable(each)}`));
  lines.push(...story.notes.map((each) => `  note: ${printable(each)}`));
  lines.push(
    `  digest ${story.digest}, Terraform ${story.terraform}, from serial ${story.serial} of the state`,
  );
  return lines.join("\n");
}

function shown(attributes: readonly Attribute[]): string[] {
  const lines = attributes.slice(0, mostAttributes).map(({ path, before, after, replaces }) => {
    const why = replaces ? "  (this is why it is replaced)" : "";
    return printable(`${path}: ${short(before)} → ${short(after)}${why}`);
  });
  const more = attributes.length - mostAttributes;
  return more > 0 ? [...lines, `… and ${more} more attributes`] : lines;
}

function short(value: string | undefined): string {
  if (value === undefined) return "nothing";
  return value.length > longest ? `${value.slice(0, longest)}…` : value;
}

/** For a pull request; nothing in it can become a mention, a link or markup. */
export function planMarkdown(story: PlanStory): string {
  const lines = [
    `## Plan of ${markdownText(story.environment)}: ${counts(story.changes)}`,
    "",
    ...story.refused.map((each) => `- ❌ **not allowed:** ${markdownText(each)}`),
    ...story.notes.map((each) => `- ${markdownText(each)}`),
  ];
  if (story.changes.length > 0) {
    lines.push("", "| | resource | what | place |", "|---|---|---|---|");
    for (const { action, address, attributes, place, protected: guarded } of story.changes) {
      const what = shown(attributes).map(markdownText).join("<br>");
      const mark = action === "destroy" || action === "replace" ? `**${action}**` : action;
      lines.push(
        `| ${mark}${guarded ? " (protected)" : ""} | ${markdownCode(address)} | ${what} | ${place ? markdownCode(`${place.path}:${place.line}`) : ""} |`,
      );
    }
  }
  if (story.outputs.length > 0) {
    lines.push("", `Outputs that change: ${story.outputs.map(markdownCode).join(", ")}`);
  }
  if (story.drifted.length > 0) {
    lines.push("", `Changed outside of Terraform: ${story.drifted.map(markdownCode).join(", ")}`);
  }
  lines.push(
    "",
    `Digest ${markdownCode(story.digest)}, Terraform ${story.terraform}, from serial ${story.serial} of the state.`,
  );
  return `${lines.join("\n")}\n`;
}
