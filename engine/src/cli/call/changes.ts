import { createInterface } from "node:readline/promises";
import { CallFailed } from "../call-failed.ts";
import type { Io } from "../io.ts";
import type { Asked } from "../request.ts";
import { UsageError } from "../usage-error.ts";

interface Stat {
  readonly path: string;
  readonly kind: string;
  readonly addedLines: number;
  readonly removedLines: number;
}

/** Makes the changes that a call answers, all together, to the folder where it was made, if its user agrees. */
export async function offerChanges(
  ids: readonly string[],
  apply: boolean,
  io: Io,
  session: Asked,
): Promise<number> {
  const ask = async (fields: string): Promise<unknown> => {
    const all = `withChangesets(changes:${JSON.stringify(ids)}){${fields}}`;
    const { data, errors } = await session.query({ query: `{changeset{${all}}}` });
    if (errors) throw new CallFailed(errors);
    return (data as { changeset: { withChangesets: unknown } }).changeset.withChangesets;
  };
  const { diffStats } = (await ask("diffStats{path kind addedLines removedLines}")) as {
    diffStats: readonly Stat[];
  };
  if (diffStats.length === 0) {
    io.err("No changes to apply.\n");
    return 0;
  }
  for (const { path, kind, addedLines, removedLines } of diffStats) {
    io.err(`${kind.toLowerCase().padEnd(8)} ${path} +${addedLines} -${removedLines}\n`);
  }
  if (!apply && !(await isAgreed(io))) return 0;
  await ask('export(path:".")');
  return 0;
}

async function isAgreed(io: Io): Promise<boolean> {
  if (!io.stdin.isTTY) {
    throw new UsageError(
      "changes cannot be confirmed without a terminal; pass -y/--auto-apply to apply changes without prompting",
    );
  }
  const prompt = createInterface({ input: io.stdin, output: process.stderr });
  const said = await prompt.question("Apply changes? [y/N] ");
  prompt.close();
  return /^y(es)?$/iu.test(said.trim());
}
