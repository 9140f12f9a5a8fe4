import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { accessKeyId, type StandIn, standInEnvironment, standInPython } from "./stand-in.ts";

const ended = z.object({
  status: z.number(),
  /** one message, when it failed */
  words: z.string().transform((text) => text.trim()),
  progress: z.string(),
});

/** How a command of the module's own script for AWS ended, without the step that it runs in. */
export interface Said extends z.infer<typeof ended> {
  /** what it answered */
  readonly result: unknown;
}

/** The script, in one process of Python for all of its commands. */
export interface Script {
  /** @param token a web identity token to take a role for, instead of credentials */
  run(command: string, request: object, token?: string): Promise<Said>;
  stop(): void;
}

export function startScript(aws: StandIn): Script {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const files = mkdtempSync(join(tmpdir(), "aws-script-"));
  const path = (name: string) => join(files, name);
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: "x" };
  writeFileSync(path("credentials"), JSON.stringify(keys));
  const url = `http://127.0.0.1:${aws.port}`;
  const access = { credentials: path("credentials"), token: null, role: null };
  const python = standInPython();
  const child = spawn(python, [here("commands.py"), here("../../../.dagger/scripts/aws")], {
    stdio: ["pipe", "pipe", "inherit"],
    // Some of the script's files are those of environments of containers.
    env: {
      ...standInEnvironment(python),
      PYTHONPATH: here("../../../.dagger/scripts/environment"),
    },
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async run(command, request, token) {
      if (token !== undefined) writeFileSync(path("token"), token);
      const role = "arn:aws:iam::123456789012:role/deploy";
      const by = token === undefined ? access : { credentials: null, token: path("token"), role };
      const document = { aws: { ...by, endpoint: url, edge: url }, ...request };
      writeFileSync(path("request.json"), JSON.stringify(document));
      child.stdin.write(
        `${JSON.stringify([command, path("request.json"), path("result.json")])}\n`,
      );
      const said = ended.parse(JSON.parse((await answers.next()).value ?? "null"));
      if (said.status !== 0) return { ...said, result: undefined };
      return { ...said, result: JSON.parse(readFileSync(path("result.json"), "utf8")) as unknown };
    },
    stop() {
      child.kill();
      rmSync(files, { recursive: true, force: true });
    },
  };
}
