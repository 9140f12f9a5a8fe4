import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SessionEvent } from "../../src/graph/events.ts";
import { type EngineSession, openSession } from "../../src/server/session.ts";
import { ActivityLog } from "../../src/testing/activity-log.ts";

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "galley-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A session that ends with the test, what happened in it so far, and what really ran of that. */
export async function testSession(
  options: { cacheRoot?: string; workdir?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<
  EngineSession & { readonly happened: SessionEvent[]; readonly started: () => string[] }
> {
  const happened: SessionEvent[] = [];
  const log = new ActivityLog();
  const session = await openSession({
    cacheRoot: options.cacheRoot ?? scratchFolder(),
    workdir: options.workdir ?? scratchFolder(),
    env: options.env ?? process.env,
    onEvent(event) {
      happened.push(event);
      log.take(event);
    },
  });
  onTestFinished(() => session.close());
  return { ...session, happened, started: () => log.executed() };
}
