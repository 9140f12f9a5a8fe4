import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SessionEvent } from "../../src/graph/events.ts";
import { type EngineSession, openSession } from "../../src/server/session.ts";

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "galley-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A session that ends with the test, and what happened in it so far. */
export async function testSession(
  options: { cacheRoot?: string; workdir?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<
  EngineSession & { readonly happened: SessionEvent[]; readonly started: () => string[] }
> {
  const happened: SessionEvent[] = [];
  const session = await openSession({
    cacheRoot: options.cacheRoot ?? scratchFolder(),
    workdir: options.workdir ?? scratchFolder(),
    env: options.env ?? process.env,
    onEvent: (event) => happened.push(event),
  });
  onTestFinished(() => session.close());
  const started = () => happened.flatMap((event) => (event.type === "started" ? [event.name] : []));
  return { ...session, happened, started };
}
