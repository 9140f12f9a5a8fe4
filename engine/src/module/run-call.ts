import { join } from "node:path";
import type { Context } from "../graph/context.ts";
import { ExecError } from "../graph/exec-error.ts";
import { keptTree } from "../graph/operations/tree-source.ts";
import { holdsSecret } from "../runner/scrub.ts";
import type { CurrentCall } from "../schema/define.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Digest, Json } from "../tree/digest.ts";
import { saveTree } from "../tree/kept-trees.ts";
import type { CallAnswer, FunctionCall } from "./function-call.ts";
import type { FunctionExit, FunctionProcesses } from "./function-process.ts";
import type { ModuleFolder } from "./kept-module.ts";
import type { ApiTypes, ModuleSession } from "./module-session.ts";
import { type OwnFiles, ownFiles } from "./own-files.ts";
import { sdkKit } from "./sdk/kit.ts";
import type { ModuleSource } from "./source.ts";

/** What running a function of a module takes. */
export interface CallableModule {
  readonly source: ModuleSource;
  readonly folder: ModuleFolder;
  /** the module's classes as one file */
  bundle(): Promise<string>;
  /** what its dependencies and its own interfaces add to the API for it */
  readonly seenTypes: ApiTypes;
}

/** Runs a call in a process of its own. */
export async function runCall(
  call: FunctionCall,
  key: Digest,
  module: CallableModule,
  session: ModuleSession,
  processes: FunctionProcesses,
): Promise<CallAnswer> {
  const { context, handles } = session;
  const { cache } = context;
  const { source, folder } = module;
  const { callProgram } = await sdkKit(cache);
  processes.prepare(callProgram);
  const title = call.name === "" ? call.module : `${call.module}.${call.name}`;
  const activity = context.events.begin("function", title, key);
  let files: OwnFiles | undefined;
  // Stack traces name the copy that was bundled: the reader wants his own file.
  const readable = (text: string) => text.replaceAll(folder.files, source.config.root);
  try {
    const bundle = await bundled(call, module);
    files = ownFiles(source, cache);
    let outcome: Outcome | undefined;
    const workdir = join(files.path, source.config.source);
    const current = currentCall(call, source, workdir, session, (settled) => {
      outcome = settled;
    });
    const { port, token } = await session.open(current, source, module.seenTypes, activity);
    const running = processes
      .run(
        callProgram,
        { port, token, bundle, scan: folder.scan, workdir },
        (stream, text) => activity.output(stream, readable(text)),
        () => context.secrets.read(),
      )
      .finally(() => session.revoke(token));
    // An object is made to call a function of it next.
    if (call.name === "") processes.prepare(callProgram);
    const exit = await running;
    context.signal.throwIfAborted();
    const value = answerOf(outcome, { ...exit, stderr: readable(exit.stderr) }, call);
    activity.end({ kind: "done" });
    const objects = handles.packAll(value);
    // A secret that was set by name means nothing to another session.
    return { title, value, objects, transient: isTransient(value, objects, context) };
  } catch (error) {
    const message = (error as Error).message;
    activity.end(context.signal.aborted ? { kind: "cancelled" } : { kind: "failed", message });
    throw error;
  } finally {
    files?.release();
  }
}

/**
 * What is not kept: a secret that was set by name means nothing to another session, and an answer
 * that holds a secret's plaintext is for who asked only.
 */
function isTransient(value: Json, objects: CallAnswer["objects"], { secrets }: Context): boolean {
  const text = JSON.stringify(objects);
  return (
    text.includes('"set:') || holdsSecret(Buffer.from(JSON.stringify(value) + text), secrets.read())
  );
}

/** In Dagger's runtime sources are read when they are run, so it is the call that fails. */
async function bundled(call: FunctionCall, module: CallableModule): Promise<string> {
  try {
    return await module.bundle();
  } catch (error) {
    throw error instanceof ExecError ? callFailed(call, error.step) : error;
  }
}

type Outcome =
  | { readonly kind: "value"; readonly value: Json }
  | {
      readonly kind: "error";
      readonly message: string;
      readonly extensions: Readonly<Record<string, unknown>>;
    };

function currentCall(
  call: FunctionCall,
  { config, tree }: ModuleSource,
  workdir: string,
  { context }: ModuleSession,
  settle: (outcome: Outcome) => void,
): CurrentCall {
  return {
    moduleName: call.module,
    moduleSource: () => ({
      tree: keptTree({ digest: saveTree(context.cache, tree) }),
      path: config.source === "." ? "" : config.source,
    }),
    workdir,
    parentName: call.object,
    name: call.name,
    parent: call.parent,
    args: Object.entries(call.args).map(([name, value]) => ({ name, value })),
    returnValue: (value) => settle({ kind: "value", value }),
    returnError: (message, extensions) => settle({ kind: "error", message, extensions }),
  };
}

function answerOf(outcome: Outcome | undefined, exit: FunctionExit, call: FunctionCall): Json {
  if (outcome?.kind === "error") {
    const known = Object.keys(outcome.extensions).length > 0;
    throw new ApiError(outcome.message, known ? outcome.extensions : undefined);
  }
  if (outcome && exit.code === 0) return outcome.value;
  throw callFailed(call, {
    cmd: ["node"],
    exitCode: exit.code,
    stdout: exit.stdout.trim(),
    stderr: exit.stderr.trim(),
  });
}

/** The process ended without an answer: what it said is all there is. */
function callFailed(call: FunctionCall, step: ExecError["step"]): ExecError {
  const name = JSON.stringify(call.name);
  return new ExecError(`call function ${name}: exit code: ${step.exitCode}`, step);
}
