import canonicalize from "canonicalize";
import * as z from "zod";
import { digestOf, digestSchema } from "../manifest.ts";
import { type Rollout, servedAtEnd } from "../rollout/rollout.ts";

/** One thing that was done to an environment. */
export const entrySchema = z
  .strictObject({
    format: z.literal("kitchen/history/v1"),
    before: digestSchema.nullable().describe("Digest of the entry before this one"),
    environment: z.string(),
    kind: z.enum(["first", "promotion", "rollback", "return"]),
    release: digestSchema.describe("The release that it was about"),
    previous: digestSchema.nullable().describe("What had all traffic when it began"),
    serves: digestSchema.nullable().describe("What has all traffic since; null: nothing"),
    outcome: z
      .enum(["done", "reverted", "failed"])
      .describe("failed: a first deployment that is not well, and there is nothing to go back to"),
    failure: z.string().nullable().describe("Why it went back, or what is not well"),
    started: z.iso.datetime(),
    ended: z.iso.datetime(),
    actor: z.string().describe("Who began it"),
    why: z.string(),
    approvals: z.array(z.string()).describe("Approver, key, until when, of each"),
    used: z.array(digestSchema).describe("Digests of these approvals"),
    plan: digestSchema.nullable().describe("The Terraform plan that was applied for it"),
  })
  .describe("An entry of an environment's history: canonical JSON (RFC 8785), one a line");

export type HistoryEntry = z.infer<typeof entrySchema>;

/** The history is not what was written; the message says where. */
export class HistoryError extends Error {}

/** The entry's one way to be written; its digest is what the next one names. */
export function lineOf(entry: HistoryEntry): string {
  return canonicalize(entrySchema.parse(entry)) as string;
}

/** Digest of the last line: what the next one names. */
export function lastDigest(lines: readonly string[]): string | null {
  const last = lines.at(-1);
  return last === undefined ? null : digestOf(last);
}

/**
 * Reads a history, and that nothing in it was changed, left out or put in.
 *
 * @throws HistoryError
 */
export function readHistory(lines: readonly string[]): HistoryEntry[] {
  return lines.map((line, index) => {
    const at = `line ${index + 1} of the history`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new HistoryError(`${at} is no JSON: ${(error as Error).message}`);
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new HistoryError(`${at} is no entry: ${issue?.path.join(".")}: ${issue?.message}`);
    }
    const expected = lastDigest(lines.slice(0, index));
    if (parsed.data.before === expected) return parsed.data;
    throw new HistoryError(
      `${at} goes on from ${parsed.data.before}, and the one before it is ${expected}: something was changed, left out or put in`,
    );
  });
}

/** What a rollout that is over comes to. */
export function entryOf(
  environment: string,
  rollout: Rollout,
  before: string | null,
): HistoryEntry {
  const { kind, release, previous, started, actor, why, approvals, used, plan, failure } = rollout;
  return {
    ...{ format: "kitchen/history/v1", before, environment, kind, release, previous },
    serves: servedAtEnd(rollout),
    outcome: rollout.phase === "done" ? "done" : "reverted",
    ...{ failure, started, ended: rollout.log.at(-1)?.at ?? started, actor, why },
    ...{ approvals, used, plan },
  };
}

/** Is a rollout in it? */
export function isWritten(
  entries: readonly HistoryEntry[],
  { started, release }: Rollout,
): boolean {
  return entries.some((each) => each.started === started && each.release === release);
}

/** For people: a paragraph for each, the newest last. */
export function historyText(environment: string, entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return `nothing was released to ${environment} yet\n`;
  return entries.map((entry) => `${entryText(entry)}\n`).join("");
}

const titles: Readonly<Record<HistoryEntry["kind"], string>> = {
  first: "first deployment of",
  promotion: "promotion of",
  rollback: "rollback to",
  return: "way back from",
};

function entryText(entry: HistoryEntry): string {
  const { kind, release, serves, outcome, failure, ended: at, actor } = entry;
  const { why, approvals, plan } = entry;
  const ended = { done: "done", reverted: "went back", failed: "failed" }[outcome];
  return [
    `${at}  ${titles[kind]} ${release} by ${actor}: ${kind === "return" ? "done" : ended}`,
    ...(why === "" ? [] : [`  because   ${why}`]),
    ...(failure === null || failure === why ? [] : [`  failed    ${failure}`]),
    ...approvals.map((line) => `  approved  ${line}`),
    ...(plan === null ? [] : [`  plan      ${plan}`]),
    `  serves    ${serves ?? "nothing"}`,
  ].join("\n");
}
