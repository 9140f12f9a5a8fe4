import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../graph/context.ts";
import { ExecError } from "../graph/exec-error.ts";
import { keptTree } from "../graph/operations/tree-source.ts";
import type { CurrentCall, EnumType, ObjectType } from "../schema/define.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Digest, Json } from "../tree/digest.ts";
import { saveTree } from "../tree/kept-trees.ts";
import { callArguments } from "./arguments.ts";
import { moduleBundle } from "./bundle.ts";
import { type Check, checksOf } from "./checks.ts";
import { copyOut } from "./copy-out.ts";
import { findModule, type ModuleConfig } from "./dagger-json.ts";
import { type CallAnswer, type FunctionCall, functionCall, runCallsWith } from "./function-call.ts";
import { FunctionProcesses } from "./function-process.ts";
import type { Handles } from "./handles.ts";
import { keptTypes, type ModuleFolder, moduleFolder, scanModule } from "./kept-module.ts";
import { fromModule, type ModuleObject } from "./module-object.ts";
import { enumTypes, type ModuleResolver, objectTypes, queryFields } from "./object-types.ts";
import { hasItsPackages } from "./packages.ts";
import { sdkKit } from "./sdk/kit.ts";
import { secretsWithin } from "./secrets-within.ts";
import { type ModuleSource, readSource } from "./source.ts";
import {
  type FunctionCache,
  type FunctionTypeDef,
  type ModuleTypes,
  mainObject,
  type ObjectTypeDef,
} from "./type-defs.ts";

/** A module whose functions can be called in a session. */
export interface LoadedModule {
  readonly config: ModuleConfig;
  readonly typeDefs: ModuleTypes;
  readonly checks: readonly Check[];
}

/** What modules need of the session that they are loaded in. */
export interface ModuleSession {
  readonly context: Context;
  readonly handles: Handles;
  readonly workdir: string;
  readonly env: NodeJS.ProcessEnv;
  /** a token by which a call's process asks the session */
  open(call: CurrentCall): Promise<{ readonly port: number; readonly token: string }>;
  revoke(token: string): void;
  /** adds types to what clients can ask for */
  extend(types: readonly ObjectType[], enums: readonly EnumType[]): void;
}

interface Loaded extends LoadedModule {
  readonly source: ModuleSource;
  readonly folder: ModuleFolder;
}

/** The modules of a session, and the calls of their functions. */
export class LoadedModules {
  private readonly bySource = new Map<Digest, Loaded>();
  private readonly bundles = new Map<Digest, Promise<string>>();
  private readonly processes: FunctionProcesses;

  constructor(private readonly session: ModuleSession) {
    this.processes = new FunctionProcesses(session.env);
    runCallsWith(session.context, {
      run: (call, key) => this.run(call, key),
      secrets: (call) => secretsWithin([call.parent, call.args], session.handles, session.context),
    });
  }

  async load(ref: string): Promise<LoadedModule | undefined> {
    const config = findModule(ref, this.session.workdir);
    if (!config) return undefined;
    const { context } = this.session;
    const source = readSource(config, context.cache);
    const folder = moduleFolder(source, context.cache);
    const typeDefs = keptTypes(folder) ?? (await this.scan(source, folder));
    const module: Loaded = { config, typeDefs, checks: checksOf(typeDefs), source, folder };
    this.bySource.set(source.digest, module);
    const resolver = this.resolver(module);
    this.session.extend(
      [
        ...objectTypes(typeDefs, resolver),
        { name: "Query", description: "", fields: queryFields(typeDefs, resolver) },
      ],
      enumTypes(typeDefs),
    );
    return module;
  }

  async close(): Promise<void> {
    this.processes.close();
  }

  private resolver(module: Loaded): ModuleResolver {
    const { handles } = this.session;
    const { typeDefs, source } = module;
    const value = (json: Json, type: FunctionTypeDef["returns"]) =>
      fromModule(json, type, typeDefs, source.digest, handles);
    return {
      field: ({ state }, { originalName, type }) => {
        const fields = state as Readonly<Record<string, Json>>;
        return value(fields[originalName] ?? null, type);
      },
      call: async (owner, fn, parent, args) =>
        value(await this.answer(module, owner, fn, fn.originalName, parent, args), fn.returns),
      construct: async (args): Promise<ModuleObject> => {
        const main = mainObject(typeDefs) as ObjectTypeDef;
        // A class without a constructor of its own begins with no fields at all.
        if (!main.construct) return { source: source.digest, state: {} };
        const state = await this.answer(module, main, main.construct, "", null, args);
        return { source: source.digest, state };
      },
    };
  }

  private async answer(
    module: Loaded,
    owner: ObjectTypeDef,
    fn: FunctionTypeDef,
    name: string,
    parent: Json,
    given: Readonly<Record<string, unknown>>,
  ): Promise<Json> {
    const { context, handles } = this.session;
    const args = await callArguments(
      fn.args,
      given,
      { config: module.config, types: module.typeDefs },
      handles,
    );
    const call: FunctionCall = {
      module: module.config.name,
      source: module.source.digest,
      object: owner.originalName,
      name,
      parent,
      args,
    };
    const cache: FunctionCache = fn.cache;
    const { value, objects } = await context.solver.solve(functionCall(call, cache));
    handles.unpackAll(objects);
    return value;
  }

  /** Runs a call in a process of its own. */
  private async run(call: FunctionCall, key: Digest): Promise<CallAnswer> {
    const { context, handles } = this.session;
    const module = this.bySource.get(call.source);
    if (!module) throw new Error(`module ${call.module} is not loaded`);
    const kit = await sdkKit(context.cache);
    this.processes.prepare(kit.callProgram);
    const title = call.name === "" ? call.module : `${call.module}.${call.name}`;
    const activity = context.events.begin(title, key);
    const files = join(context.cache.tmp, randomUUID());
    let outcome: CallOutcome | undefined;
    try {
      const bundle = await this.bundle(module);
      copyOut(module.source.tree, files, context.cache);
      const { port, token } = await this.session.open(
        this.currentCall(call, module, (result) => {
          outcome = result;
        }),
      );
      const running = this.processes
        .run(
          kit.callProgram,
          {
            port,
            token,
            bundle,
            scan: module.folder.scan,
            workdir: join(files, module.config.source),
          },
          // Stack traces name the copy that was bundled: the reader wants his own file.
          (stream, text) =>
            activity.output(stream, text.replaceAll(module.folder.files, module.config.root)),
        )
        .finally(() => this.session.revoke(token));
      // An object is made to call a function of it next.
      if (call.name === "") this.processes.prepare(kit.callProgram);
      const exit = await running;
      context.signal.throwIfAborted();
      const value = answerOf(outcome, exit, call, module);
      activity.end({ kind: "done" });
      const objects = handles.packAll(value);
      return { value, objects, transient: JSON.stringify(objects).includes('"set:') };
    } catch (error) {
      activity.end(
        context.signal.aborted
          ? { kind: "cancelled" }
          : { kind: "failed", message: (error as Error).message },
      );
      throw error instanceof ExecError && error.message === "exit code: 1" && !outcome
        ? callFailed(call, error.step)
        : error;
    } finally {
      rmSync(files, { recursive: true, force: true });
    }
  }

  private async scan(source: ModuleSource, folder: ModuleFolder): Promise<ModuleTypes> {
    const { cache, events, signal } = this.session.context;
    // Who edits a module calls it next: its bundle is made meanwhile. Failing is a call's matter.
    if (hasItsPackages(source.config, folder.files)) {
      this.bundle({ source, folder }).catch(() => undefined);
    }
    const activity = events.begin(`load module ${source.config.name}`, source.digest);
    try {
      const types = await scanModule(source, folder, cache, signal);
      activity.end({ kind: "done" });
      return types;
    } catch (error) {
      activity.end({ kind: "failed", message: (error as Error).message });
      throw error;
    }
  }

  private bundle({ source, folder }: Pick<Loaded, "source" | "folder">): Promise<string> {
    const bundle =
      this.bundles.get(source.digest) ?? moduleBundle(source, folder, this.session.context);
    this.bundles.set(source.digest, bundle);
    return bundle;
  }

  private currentCall(
    call: FunctionCall,
    module: Loaded,
    settle: (outcome: CallOutcome) => void,
  ): CurrentCall {
    const { cache } = this.session.context;
    return {
      moduleName: call.module,
      moduleSource: () => ({
        tree: keptTree({ digest: saveTree(cache, module.source.tree) }),
        path: module.config.source === "." ? "" : module.config.source,
      }),
      parentName: call.object,
      name: call.name,
      parent: call.parent,
      args: Object.entries(call.args).map(([name, value]) => ({ name, value })),
      returnValue: (value) => settle({ kind: "value", value }),
      returnError: (message, extensions) => settle({ kind: "error", message, extensions }),
    };
  }
}

type CallOutcome =
  | { readonly kind: "value"; readonly value: Json }
  | {
      readonly kind: "error";
      readonly message: string;
      readonly extensions: Readonly<Record<string, unknown>>;
    };

function answerOf(
  outcome: CallOutcome | undefined,
  exit: { readonly code: number; readonly stdout: string; readonly stderr: string },
  call: FunctionCall,
  module: Loaded,
): Json {
  if (outcome?.kind === "error") {
    const known = Object.keys(outcome.extensions).length > 0;
    throw new ApiError(outcome.message, known ? outcome.extensions : undefined);
  }
  if (outcome && exit.code === 0) return outcome.value;
  throw callFailed(call, {
    cmd: ["node"],
    exitCode: exit.code,
    stdout: exit.stdout.trim(),
    stderr: exit.stderr.replaceAll(module.folder.files, module.config.root).trim(),
  });
}

/** The process ended without an answer: what it said is all there is. */
function callFailed(call: FunctionCall, step: ExecError["step"]): ExecError {
  const name = JSON.stringify(call.name);
  return new ExecError(`call function ${name}: exit code: ${step.exitCode}`, step);
}
