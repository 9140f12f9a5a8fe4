import { spawn } from "node:child_process";
import { ApiError } from "../../tree/api-error.ts";
import type { Activity } from "../events.ts";

/** How git is run: where, with which settings, and who is told what it says. */
export interface GitCommand {
  readonly cwd: string;
  /** settings beside this machine's own, as `git -c` takes them */
  readonly config: readonly (readonly [name: string, value: string])[];
  readonly env: Readonly<Record<string, string>>;
  /** exit codes that are no failure, beside 0 */
  readonly fine?: readonly number[];
  readonly signal: AbortSignal;
  readonly activity: Activity;
}

/**
 * What never depends on this machine's settings: hooks are not run, lines end as they are stored.
 * Logins, proxies and certificates are this machine's: that is how a repository is reached.
 */
const fixed = [
  ["core.hooksPath", "/dev/null"],
  ["core.autocrlf", "false"],
  ["core.fsmonitor", "false"],
  ["init.defaultBranch", "main"],
  ["advice.detachedHead", "false"],
  ["safe.directory", "*"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
] as const;

/** Runs git and gives what it prints; what it says of failures goes to the activity. */
export async function git(args: readonly string[], command: GitCommand): Promise<string> {
  const settings = [...fixed, ...command.config];
  const child = spawn("git", args, {
    cwd: command.cwd,
    signal: command.signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      LC_ALL: "C",
      GIT_TERMINAL_PROMPT: "0",
      GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
      // By the environment, since arguments can be read by everybody on the machine.
      GIT_CONFIG_COUNT: `${settings.length}`,
      ...Object.fromEntries(
        settings.flatMap(([name, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, name],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
      ...command.env,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes.toString("utf8");
  });
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new ApiError("git error: git is not installed on this machine: install it")
          : error,
      );
    });
    child.on("close", resolve);
  });
  if (code === 0 || command.fine?.includes(code ?? -1)) return stdout;
  command.activity.output("stderr", stderr);
  throw new GitError(code ?? 128, stderr);
}

/** git failed; the message is Dagger's, what git said is in `stderr`. */
export class GitError extends ApiError {
  constructor(
    code: number,
    readonly stderr: string,
  ) {
    super(`git error: ${reasonOf(stderr) ?? `exit status ${code}`}`);
  }

  /** The server does not hand out commits that it does not name. */
  get isNotNamed(): boolean {
    return /unadvertised object|not our ref|couldn't find remote ref/iu.test(this.stderr);
  }

  get isLoginRefused(): boolean {
    return this.message.endsWith("git authentication failed");
  }
}

function reasonOf(stderr: string): string | undefined {
  if (
    /authentication failed|authentication required|could not read (?:username|password)/iu.test(
      stderr,
    )
  ) {
    return "git authentication failed";
  }
  return /not a git repository/iu.test(stderr) ? "not a git repository" : undefined;
}
