import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type StandIn, standInEnvironment, standInPython } from "./stand-in.ts";

/** How the module's own script for AWS ended, without the step that it runs in. */
export interface Said {
  readonly status: number | null;
  /** one message, when it failed */
  readonly words: string;
  readonly progress: string;
  /** what it answered */
  readonly result: unknown;
}

/** Runs a command of that script against a stand-in. */
export async function runScript(aws: StandIn, command: string, request: object): Promise<Said> {
  const files = mkdtempSync(join(tmpdir(), "aws-script-"));
  const path = (name: string) => join(files, name);
  try {
    const keys = { AccessKeyId: "AKIAKITCHENTESTS0001", SecretAccessKey: "x" };
    writeFileSync(path("credentials"), JSON.stringify(keys));
    const url = `http://127.0.0.1:${aws.port}`;
    const access = { credentials: path("credentials"), token: null, role: null };
    const document = { aws: { ...access, endpoint: url, edge: url }, ...request };
    writeFileSync(path("request.json"), JSON.stringify(document));
    const script = fileURLToPath(new URL("../../../.dagger/scripts/aws", import.meta.url));
    const python = standInPython();
    const child = spawn(python, [script, command, path("request.json"), path("result.json")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: standInEnvironment(python),
    });
    const [progress, words, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    const answer = () => JSON.parse(readFileSync(path("result.json"), "utf8")) as unknown;
    return {
      ...{ status, words: words.trim(), progress: progress.trim() },
      result: status === 0 ? answer() : undefined,
    };
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}
