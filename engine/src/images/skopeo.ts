import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ApiError } from "../tree/api-error.ts";
import { type RegistryLogin, withAuthFile } from "./registry-login.ts";

const run = promisify(execFile);
const attempts = 3;
const longest = 1_800_000; // milliseconds

export interface SkopeoContext {
  readonly registry: string;
  readonly login?: RegistryLogin;
  readonly signal: AbortSignal;
  log(line: string): void;
}

/** Runs skopeo, again when the network or the registry failed for a moment. */
export function skopeo(
  args: readonly string[],
  what: string,
  { registry, login, log, signal }: SkopeoContext,
): Promise<void> {
  return withAuthFile(registry, login, async (auth) => {
    for (let attempt = 1; ; attempt++) {
      try {
        await run("skopeo", [...args, ...auth], { signal, timeout: longest });
        return;
      } catch (error) {
        const why = String(
          (error as { stderr?: string }).stderr || (error as Error).message,
        ).trim();
        if (attempt === attempts || !isTransient(why)) {
          throw new ApiError(`failed to ${what}: ${why}`);
        }
        log(`${what} failed (${why}), trying again`);
        await sleep(500 * 2 ** attempt, undefined, { signal });
      }
    }
  });
}

/** A failure that may be gone a moment later. */
function isTransient(why: string): boolean {
  return /50\d|connection|timeout|EOF|reset/iu.test(why);
}
