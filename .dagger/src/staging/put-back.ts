import { type Directory, dag } from "@dagger.io/dagger";
import { type Current, type Environment, slots } from "../environments/environment.ts";
import { logFiles } from "../environments/log-files.ts";
import { messageOf } from "../message-of.ts";
import type { ToolRun } from "../report/finding.ts";
import { slotsTable } from "./tables.ts";

/**
 * What served before a delivery that did not pass serves again: traffic and DAGs. No run when nothing
 * has to be done.
 */
export async function putBack(
  environment: Environment,
  before: Current,
  target: string,
): Promise<ToolRun[]> {
  const since = performance.now();
  const run = (fields: Pick<ToolRun, "outcome"> & Partial<ToolRun>): ToolRun[] => [
    {
      ...{ tool: "rollback", version: "", target, exitCode: null, log: "", findings: [] },
      duration: (performance.now() - since) / 1000,
      ...fields,
    },
  ];
  try {
    if (isAs(before, await environment.current())) return [];
    const served = before.stable && before.slots[before.stable].release;
    if (!served) return run({ outcome: "not-run", reason: "nothing served there before" });
    const now = await environment.rollback(served);
    return run({ outcome: "clean", tables: [slotsTable("put back", now)] });
  } catch (error) {
    const why = messageOf(error);
    return run({ outcome: "error", reason: `what served before could not be put back: ${why}` });
  }
}

/** What each container of an environment wrote; none when it cannot be asked. */
export async function containerLogs(environment: Environment): Promise<Directory> {
  try {
    return logFiles(await environment.logs(500));
  } catch {
    return dag.directory();
  }
}

function isAs(before: Current, now: Current): boolean {
  return (
    before.airflow?.release === now.airflow?.release &&
    slots.every((slot) => before.slots[slot].weight === now.slots[slot].weight)
  );
}
