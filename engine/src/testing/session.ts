import { resolve } from "node:path";
import type { Client } from "@dagger.io/dagger";
import type { ActivityKind } from "../graph/events.ts";
import type { StepFault } from "../graph/step-faults.ts";
import type { LoadedModule } from "../module/loaded-modules.ts";
import { openSession as openEngine } from "../server/session.ts";
import { type Activity, ActivityLog } from "./activity-log.ts";
import { CallError } from "./call-error.ts";
import { type Caller, constructed } from "./module-client.ts";
import type { ModuleClass, Remote } from "./remote.ts";
import { type ScratchCache, scratchCache } from "./scratch-cache.ts";
import { sdkClient } from "./sdk-client.ts";

export interface SessionOptions {
  /** the folder of the module's dagger.json, or one below it; default: the API alone */
  readonly module?: string;
  /** where relative paths start; default: `module`, else where the test runs */
  readonly workdir?: string;
  /**
   * The cache folder. Default: one of the session's own that goes with it, so that everything is run.
   * Sessions that are given the same one find each other's answers.
   */
  readonly cache?: ScratchCache;
  /** where secrets by `env://NAME` come from, beside this process's own variables */
  readonly env?: Readonly<Record<string, string>>;
  /** steps that go wrong */
  readonly faults?: readonly StepFault[];
  /** aborted: what runs is ended */
  readonly signal?: AbortSignal;
}

/** An engine of a test's own, in this process, and the module that is tested on it. */
export interface TestSession extends AsyncDisposable {
  /** The module's main object, made with the arguments of its constructor: `module<typeof Hello>()`. */
  module<Class extends ModuleClass>(
    ...args: ConstructorParameters<Class>
  ): Promise<Remote<InstanceType<Class>>>;
  /** A client of the API of this session, from `@dagger.io/dagger`: what modules call `dag`. */
  dag(): Promise<Client>;
  /** Answers a request; throws a CallError when it fails. */
  query(text: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Where programs that use the SDK find the session. */
  env(): Promise<{ readonly DAGGER_SESSION_PORT: string; readonly DAGGER_SESSION_TOKEN: string }>;
  /** Everything that took time so far, in the order in which it began. */
  activities(): readonly Activity[];
  /** Names of what really ran so far. An equal step that was asked for again is named once. */
  executed(kind?: ActivityKind): string[];
  /** Names of what was not run, since an earlier session's answer was there. */
  cached(kind?: ActivityKind): string[];
  /** What the engine said to people: that an image is a stand-in, for instance. */
  notices(): readonly string[];
  /** Ends what runs. Once closed, it may be closed again. */
  close(): Promise<void>;
}

/** Opens a session. Nothing is started before it is needed; close it when the test is over. */
export async function openSession(options: SessionOptions = {}): Promise<TestSession> {
  const cache = options.cache ?? scratchCache();
  const log = new ActivityLog();
  const folder = resolve(options.module ?? options.workdir ?? ".");
  const removeCache = () => {
    if (!options.cache) cache.remove();
  };
  const engine = await openEngine({
    cacheRoot: cache.path,
    workdir: resolve(options.workdir ?? folder),
    env: { ...process.env, ...options.env, ...cache.env },
    onEvent: (event) => log.take(event),
    ...(options.faults ? { faults: options.faults } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    removeCache();
    throw error;
  });
  const query: TestSession["query"] = async (text, variables) => {
    const { data, errors } = await engine.query({
      query: text,
      ...(variables ? { variables } : {}),
    });
    if (errors?.[0]) throw new CallError(errors[0]);
    return data;
  };
  let loading: Promise<LoadedModule> | undefined;
  const load = (): Promise<LoadedModule> => {
    loading ??= engine.loadModule(folder).then((module) => {
      if (module) return module;
      throw new Error(`there is no dagger.json in ${folder} or in a folder above it`);
    });
    return loading;
  };
  let listening: ReturnType<TestSession["env"]> | undefined;
  const env: TestSession["env"] = () => {
    listening ??= engine.listen().then(({ port, token }) => ({
      DAGGER_SESSION_PORT: `${port}`,
      DAGGER_SESSION_TOKEN: token,
    }));
    return listening;
  };
  let client: Promise<Client> | undefined;
  const dag = (): Promise<Client> => {
    client ??= env().then(sdkClient);
    return client;
  };
  const caller: Caller = {
    query,
    async core(typeName, id) {
      const loaders = (await dag()) as unknown as Record<string, (id: string) => unknown>;
      return loaders[`load${typeName}FromID`]?.(id);
    },
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= engine.close().finally(removeCache);
    return closing;
  };
  return {
    async module(...args) {
      const { typeDefs } = await load();
      // Its functions are those that the class of the type declares, as the scanner found them.
      return (await constructed(typeDefs, args, caller)) as never;
    },
    dag,
    query,
    env,
    activities: () => log.all(),
    executed: (kind) => log.executed(kind),
    cached: (kind) => log.cached(kind),
    notices: () => log.notes(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
