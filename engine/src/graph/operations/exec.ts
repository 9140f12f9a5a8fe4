import { statSync } from "node:fs";
import type { LayerId } from "../../cache-folder.ts";
import { RedirectError } from "../../runner/run-step.ts";
import { scrubbed } from "../../runner/scrub.ts";
import type { RunningService } from "../../runner/services.ts";
import type { Snapshot } from "../../runner/snapshot.ts";
import type { Step, StepMount, StepResult } from "../../runner/step.ts";
import { UnknownUserError } from "../../runner/users.ts";
import { ApiError } from "../../tree/api-error.ts";
import type { Digest, Json } from "../../tree/digest.ts";
import type { Context } from "../context.ts";
import { ExecError } from "../exec-error.ts";
import { defineOperation } from "../operation.ts";
import { restoreSnapshot } from "./snapshot.ts";
import { inMemory } from "./tree-source.ts";

export type Expect = "SUCCESS" | "FAILURE" | "ANY";

/** A mount as an argument: what it starts from is the input of that number. */
export type ExecMount = { readonly path: string } & (
  | { readonly kind: "directory"; readonly input: number; readonly readOnly: boolean }
  | { readonly kind: "file"; readonly input: number; readonly name: string }
  | {
      readonly kind: "cache";
      readonly volume: string;
      readonly sharing: "SHARED" | "PRIVATE" | "LOCKED";
      readonly input: number | null;
      readonly owner: string | null;
    }
  | { readonly kind: "temp"; readonly size: number | null }
  | {
      readonly kind: "secret";
      readonly secret: string;
      readonly mode: number;
      readonly owner: string | null;
    }
  | { readonly kind: "socket"; readonly socket: string; readonly owner: string | null }
);

/** All that a step is told; its inputs are its root file system, then what its mounts start from. */
export interface ExecArgs {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly volatileEnv: readonly string[];
  readonly secretEnv: readonly { readonly name: string; readonly secret: string }[];
  readonly workdir: string;
  readonly user: string;
  readonly stdin: string;
  readonly redirectStdin: string | null;
  readonly redirectStdout: string | null;
  readonly redirectStderr: string | null;
  readonly noInit: boolean;
  readonly insecureRootCapabilities: boolean;
  readonly expect: Expect;
  readonly mounts: readonly ExecMount[];
  /** services it can reach: by an alias, and by their own host name; inputs by number */
  readonly services?: readonly { readonly alias: string; readonly input: number }[];
}

/** What a step left, and how it is called in the progress display. */
export interface TitledResult extends StepResult {
  readonly title: string;
}

/** A command run in a container. Only an expected end is an answer, and kept. */
export const exec = defineOperation<Json, TitledResult>({
  name: "exec",
  identity: "recipe",
  identify: (args, context) => identifyExec(args as unknown as ExecArgs, context),
  caching: {
    keep: true,
    store: ({ holdsSecret, ...result }) => (holdsSecret ? null : (result as unknown as Json)),
    restore: (kept, context, key) => (kept === null ? undefined : restore(kept, context, key)),
  },
  run: (args, inputs, context, key) => run(args as unknown as ExecArgs, inputs, context, key),
});

/** The root file system after a step. */
export const execRootfs = defineOperation<null, Snapshot>({
  name: "exec rootfs",
  identity: "recipe",
  caching: inMemory,
  run: async (_args, [result]) => (result as StepResult).rootfs,
});

/** One of a step's mounts after it. */
export const execMount = defineOperation<{ mount: number }, Snapshot>({
  name: "exec mount",
  identity: "recipe",
  caching: inMemory,
  run: async ({ mount }, [result]) => (result as StepResult).mounts[mount] as Snapshot,
});

/** Secrets count by a keyed hash of name and plaintext; of volatile variables, the names count. */
export function identifyExec(args: ExecArgs, context: Context): Json | Promise<Json> {
  const { volatileEnv, secretEnv, mounts } = args;
  const fault = context.faults?.identityFor(args.argv);
  const hasSecrets = secretEnv.length > 0 || mounts.some(({ kind }) => kind === "secret");
  if (!fault && !hasSecrets && volatileEnv.length === 0) return args as unknown as Json;
  return identifyParts(args, context).then(
    (parts) => ({ ...args, ...fault, ...parts }) as unknown as Json,
  );
}

async function identifyParts({ volatileEnv, secretEnv, mounts }: ExecArgs, { secrets }: Context) {
  return {
    volatileEnv: volatileEnv.map((each) => each.slice(0, each.indexOf("="))),
    secretEnv: await Promise.all(
      secretEnv.map(async ({ name, secret }) => [name, await secrets.identity(secret)]),
    ),
    mounts: await Promise.all(
      mounts.map(async (mount) =>
        mount.kind === "secret"
          ? { ...mount, secret: await secrets.identity(mount.secret) }
          : mount,
      ),
    ),
  };
}

async function run(
  args: ExecArgs,
  inputs: readonly unknown[],
  context: Context,
  key: Digest,
): Promise<TitledResult> {
  const step = await stepOf(args, inputs, context);
  return context.runner.turn(() => runOnce(args, step, context, key));
}

async function runOnce(
  args: ExecArgs,
  step: Step,
  context: Context,
  key: Digest,
): Promise<TitledResult> {
  const title = titleOf(args, context);
  const activity = context.events.begin("step", title, key);
  try {
    const result = await context.runner.run(step, (stream, text) => activity.output(stream, text));
    judge(args, result);
    activity.end({ kind: "done" });
    return { ...result, title };
  } catch (error) {
    const message = (error as Error).message;
    activity.end(context.signal.aborted ? { kind: "cancelled" } : { kind: "failed", message });
    if (error instanceof UnknownUserError || error instanceof RedirectError) {
      const words = error instanceof UnknownUserError ? `get user: ${message}` : message;
      throw new ExecError(words, { cmd: args.argv, exitCode: -1, stdout: "", stderr: "" });
    }
    throw error;
  }
}

/** A step as the runner takes it: secrets read, inputs in their places. */
export async function stepOf(
  args: ExecArgs,
  inputs: readonly unknown[],
  context: Context,
): Promise<Step> {
  const secretEnv = await Promise.all(
    args.secretEnv.map(async ({ name, secret }) => ({
      name,
      plaintext: await readSecret(context, secret, `secret env ${JSON.stringify(name)}`),
    })),
  );
  const mounts = await Promise.all(args.mounts.map((mount) => stepMount(mount, inputs, context)));
  const hosts = new Map<string, string>();
  for (const { alias, input } of args.services ?? []) {
    const { address, hostname } = inputs[input] as RunningService;
    hosts.set(alias, address).set(hostname, address);
  }
  const step: Step = {
    rootfs: inputs[0] as Snapshot,
    mounts,
    argv: args.argv,
    env: lastOfEach([
      ...args.env,
      ...args.volatileEnv,
      // A secret wins over a plain variable of its name, wherever it was set.
      ...secretEnv.map(({ name, plaintext }) => `${name}=${plaintext.toString("utf8")}`),
    ]),
    workdir: args.workdir,
    user: args.user,
    stdin: args.stdin,
    ...(args.redirectStdin === null ? {} : { redirectStdin: args.redirectStdin }),
    ...(args.redirectStdout === null ? {} : { redirectStdout: args.redirectStdout }),
    ...(args.redirectStderr === null ? {} : { redirectStderr: args.redirectStderr }),
    noInit: args.noInit,
    insecureRootCapabilities: args.insecureRootCapabilities,
    hosts,
    scrub: [
      ...secretEnv.map(({ plaintext }) => plaintext),
      ...mounts.flatMap((mount) => (mount.kind === "secret" ? [mount.plaintext] : [])),
    ],
  };
  return context.faults ? context.faults.plant(step, context.runner) : step;
}

/** Each variable once: programs differ in which one of two they see. */
function lastOfEach(env: readonly string[]): string[] {
  const byName = new Map(env.map((each) => [each.slice(0, each.indexOf("=")), each]));
  return [...byName.values()];
}

/** Was this how it was expected to end? Codes by which a shell reports signals never are. */
function judge(args: ExecArgs, result: StepResult): void {
  const { exitCode } = result;
  const bySignal = exitCode >= 128 && exitCode < 192;
  const expected =
    args.expect === "SUCCESS"
      ? exitCode === 0
      : !bySignal && (args.expect === "ANY" || exitCode !== 0);
  if (expected) return;
  throw new ExecError(`exit code: ${exitCode}`, {
    cmd: args.argv,
    exitCode,
    stdout: result.stdout.trim(),
    stderr: result.stderr.trim(),
  });
}

async function stepMount(
  mount: ExecMount,
  inputs: readonly unknown[],
  context: Context,
): Promise<StepMount> {
  switch (mount.kind) {
    case "directory":
    case "file":
      return { ...mount, source: inputs[mount.input] as Snapshot };
    case "cache":
      return {
        path: mount.path,
        kind: "cache",
        volume: mount.volume,
        sharing: mount.sharing,
        ...(mount.input === null ? {} : { source: inputs[mount.input] as Snapshot }),
        ...(mount.owner === null ? {} : { owner: mount.owner }),
      };
    case "temp":
      return {
        path: mount.path,
        kind: "temp",
        ...(mount.size === null ? {} : { size: mount.size }),
      };
    case "secret":
      return {
        path: mount.path,
        kind: "secret",
        plaintext: await readSecret(context, mount.secret, `secret file ${mount.path}`),
        mode: mount.mode,
        ...(mount.owner === null ? {} : { owner: mount.owner }),
      };
    case "socket":
      checkSocket(mount.socket, mount.path);
      return {
        path: mount.path,
        kind: "socket",
        target: mount.socket,
        ...(mount.owner === null ? {} : { owner: mount.owner }),
      };
  }
}

function checkSocket(socket: string, path: string): void {
  const found = statSync(socket, { throwIfNoEntry: false });
  if (found?.isSocket()) return;
  const problem = found ? "it is no socket" : "no such file or directory";
  throw new ApiError(`unix socket ${socket}, to be mounted at ${path}: ${problem}`);
}

async function readSecret(context: Context, secret: string, whose: string): Promise<Buffer> {
  try {
    return await context.secrets.plaintext(secret);
  } catch (error) {
    throw new ApiError(`${whose}: rpc error: code = Unknown desc = ${(error as Error).message}`);
  }
}

function restore(kept: Json, context: Context, key: Digest): TitledResult | undefined {
  const result = { ...(kept as unknown as TitledResult), holdsSecret: false };
  const whole = [result.rootfs, ...result.mounts].every(
    (snapshot) =>
      !snapshot || restoreSnapshot(snapshot.layers as readonly LayerId[] as never, context.cache),
  );
  if (!whole) return undefined;
  context.events.begin("step", result.title, key).end({ kind: "cached" });
  return result;
}

/** `withExec` and the command, cut to a line; a secret in it is taken out before it is cut. */
function titleOf({ argv }: ExecArgs, { secrets }: Context): string {
  const line = scrubbed(argv.join(" "), secrets.read()).replace(/\s+/gu, " ");
  return `withExec ${line.length > 100 ? `${line.slice(0, 99)}…` : line}`;
}
