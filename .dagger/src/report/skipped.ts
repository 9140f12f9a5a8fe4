import type { ToolRun } from "./finding.ts";

/** What was left out for one reason: these tools, on all of these. */
export interface Skipped {
  readonly reason: string;
  readonly tools: readonly string[];
  readonly targets: readonly string[];
}

/** The runs that were skipped, put together: fifty components are one line, not hundreds. */
export function skippedOf(runs: readonly ToolRun[]): Skipped[] {
  const skipped = runs.filter(({ outcome }) => outcome === "skipped");
  const targets = [...new Set(skipped.map(({ target }) => target))];
  const groups = new Map<string, Skipped>();
  for (const target of targets) {
    const own = skipped.filter((run) => run.target === target);
    const tools = own.map(({ tool }) => tool);
    const reason = own[0]?.reason ?? "";
    const key = JSON.stringify([reason, tools]);
    const found = groups.get(key) ?? { reason, tools, targets: [] };
    groups.set(key, { ...found, targets: [...found.targets, target] });
  }
  return [...groups.values()];
}
