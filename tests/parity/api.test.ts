import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type EngineSession, openSession } from "../../engine/src/server/session.ts";
import { type Registry, startRegistry } from "../../engine/src/testing/registry.ts";
import { allCases, casesOn } from "./cases-on.ts";
import { corpusRoot, hasCorpus } from "./corpus.ts";
import { exceptions } from "./exceptions.ts";
import { askingFirst } from "./mirror.ts";

describe.skipIf(!hasCorpus)("recorded conversations with Dagger's engine", () => {
  let session: EngineSession;
  let scratch: string;
  let registry: Registry;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "galley-parity-"));
    registry = await startRegistry();
    const settings = askingFirst(registry.address, join(scratch, "settings"));
    vi.stubEnv("XDG_CONFIG_HOME", settings.XDG_CONFIG_HOME);
    session = await openSession({ workdir: scratch, env: process.env });
  });
  afterAll(async () => {
    await session?.close();
    vi.unstubAllEnvs();
    registry?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  test("every exception names a case", () => {
    const keys = allCases.map(({ key }) => key);
    expect(Object.keys(exceptions).filter((key) => !keys.includes(key))).toEqual([]);
  });

  const groups = [...new Set(casesOn.map(({ key }) => key.split("/").slice(0, 2).join("/")))];
  test.each(groups)("%s", async (group) => {
    const wanted = casesOn.filter(({ key }) => key.startsWith(`${group}/`)).map(({ key }) => key);
    const { port, token } = await session.listen();
    const failed = await replay(group, port, token, registry.address);
    expect(
      Object.fromEntries(wanted.flatMap((key) => (failed[key] ? [[key, failed[key]]] : []))),
    ).toEqual({});
  });
});

/** Replays a group of cases; gives the differing lines of those that failed, by case. */
async function replay(
  group: string,
  port: number,
  token: string,
  registry: string,
): Promise<Record<string, string[]>> {
  const args = [join(corpusRoot, "replay.mjs"), "api", "--only", `${group}/`, "--lenient", "-v"];
  const child = spawn(process.execPath, [...args, "--registry", registry], {
    env: { ...process.env, DAGGER_SESSION_PORT: `${port}`, DAGGER_SESSION_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      text += bytes.toString("utf8");
    });
  }
  await new Promise((resolve) => child.on("close", resolve));
  expect(text).toMatch(/^\d+ passed, \d+ failed, \d+ skipped$/mu);
  return failures(text);
}

function failures(text: string): Record<string, string[]> {
  const failed: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    const [, key, difference] = /^FAIL (api\/\S+): (.*)$/u.exec(line) ?? [];
    if (key) failed[key] = [...(failed[key] ?? []), difference ?? ""];
  }
  return failed;
}
