import { setMaxListeners } from "node:events";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { type CacheFolder, defaultCacheRoot, openCacheFolder } from "../cache-folder.ts";
import { diskFull, isDiskFull } from "../disk-full.ts";
import type { Context } from "../graph/context.ts";
import { Events, type SessionEvent } from "../graph/events.ts";
import { Solver } from "../graph/solver.ts";
import { type StepFault, StepFaults } from "../graph/step-faults.ts";
import { Handles } from "../module/handles.ts";
import { type LoadedModule, LoadedModules } from "../module/loaded-modules.ts";
import { moduleAccess } from "../module/module-access.ts";
import type { ApiTypes } from "../module/module-session.ts";
import type { ModuleSource } from "../module/source.ts";
import { untilPruned } from "../prune/alone.ts";
import { limitsOf, pruneNowAndThen } from "../prune/automatic.ts";
import { openRunner } from "../runner/runner.ts";
import { scrubbed } from "../runner/scrub.ts";
import { ServiceNames } from "../runner/service-names.ts";
import { Services } from "../runner/services.ts";
import { callTypes } from "../schema/current-module.ts";
import type { CurrentCall, Session } from "../schema/define.ts";
import { enumTypes } from "../schema/enums.ts";
import { coreTypes } from "../schema/index.ts";
import { inputTypes } from "../schema/inputs.ts";
import { whyLeftOut } from "../schema/left-out.ts";
import type { GraphQLAnswer, GraphQLRequest } from "./answer.ts";
import { answerRequest } from "./answer-request.ts";
import { type Api, makeApi } from "./api.ts";
import { describedApi } from "./described-api.ts";
import { HttpServer, type Listening } from "./http.ts";
import { Secrets } from "./secrets.ts";

export interface SessionOptions {
  /** default: `$GALLEY_CACHE`, else below the user's cache folder */
  readonly cacheRoot?: string;
  /** what relative paths of the host are relative to */
  readonly workdir: string;
  /** the client's environment: where `env://` secrets come from */
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent?: (event: SessionEvent) => void;
  /** events say which function asked for a step */
  readonly followParents?: boolean;
  readonly signal?: AbortSignal;
  /** what a test wants to go wrong */
  readonly faults?: readonly StepFault[];
}

/** One run of the engine, in this process. */
export interface EngineSession {
  /** answers as POST /query would */
  query(request: GraphQLRequest): Promise<GraphQLAnswer>;
  /** opens HTTP on loopback for other processes */
  listen(): Promise<Listening>;
  /** finds the module at or above a path; its types become part of what can be queried */
  loadModule(ref: string): Promise<LoadedModule | undefined>;
  close(): Promise<void>;
}

/** Who asks: what it can ask for, which grows with the modules that it has served. */
interface Asker {
  api: Api;
  /** of a function that runs, with its module */
  readonly call?: CurrentCall;
  readonly module?: ModuleSource;
}

/** Open sessions of this process, by cache folder. */
const openSessions = new Map<string, number>();

/** Opens a session. Nothing is started before it is needed. */
export async function openSession(options: SessionOptions): Promise<EngineSession> {
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  // Every step that runs listens for the end.
  setMaxListeners(0, signal);
  const cache = openCacheFolder(
    options.cacheRoot ?? defaultCacheRoot(options.env),
    options.env.GALLEY_BORROW_FROM || undefined,
  );
  const workdir = resolve(options.workdir);
  const secrets = new Secrets(cache, workdir, options.env);
  const events = new Events({
    clean: (text) => scrubbed(text, secrets.read()),
    followParents: options.followParents === true,
  });
  if (options.onEvent) events.subscribe(options.onEvent);
  const limits = limitsOf(options.env);
  openSessions.set(cache.root, (openSessions.get(cache.root) ?? 0) + 1);
  await untilPruned(cache, signal, (text) => events.notice(text));
  let hasMade = false;
  events.subscribe((event) => {
    hasMade ||= event.type === "finished" && event.outcome.kind === "done";
  });
  const names = new ServiceNames();
  const runner = openRunner({ cache, signal, names, ...stepsAtOnce(options.env) });
  const context: Context = {
    cache,
    solver: new Solver(() => context),
    runner,
    services: new Services(signal, names),
    events,
    signal,
    secrets,
    ...(options.faults ? { faults: new StepFaults(options.faults) } : {}),
  };
  const handles = new Handles(() => context);
  const http = new HttpServer();
  const coreApi = makeApi([...coreTypes, ...callTypes], enumTypes, inputTypes);

  const asked = (asker?: Asker): Session => {
    const session: Session = {
      context,
      workdir: asker?.call?.workdir ?? workdir,
      env: options.env,
      secrets,
      idOf: (typeName, value) => handles.idOf(typeName, value),
      load: async (typeName, id) => handles.load(typeName, id),
      find: (id) => handles.find(id),
      ...(asker?.call ? { call: asker.call } : {}),
      get modules() {
        return asker && modulesFor(asker, session);
      },
    };
    return session;
  };
  const modulesFor = (asker: Asker, session: Session) => {
    const described = (isShown: (name: string) => boolean) =>
      describedApi(asker.api, modules.types, isShown);
    const serving = {
      describe: (source: ModuleSource) => modules.describe(source),
      async serve(source: ModuleSource, how: Parameters<typeof modules.served>[1]) {
        for (const types of await modules.served(source, how)) {
          asker.api = extended(asker.api, types);
        }
      },
    };
    const types = {
      types: ({ hideCore }: { hideCore: boolean }) =>
        described((name) => {
          if (!hideCore) return true;
          const isCore = coreApi.field("Query", name) === asker.api.field("Query", name);
          return !isCore && !/^load\w+FromID$/u.test(name);
        }),
      typeNamed: (name: string) =>
        modules.types.get(name) ?? described(() => true).find((type) => type.name === name),
    };
    return moduleAccess(serving, session, types, asker.module);
  };
  const answer = async (asker: Asker, request: GraphQLRequest) => {
    const answered = await answerRequest(asker.api, request, asked(asker), whyLeftOut);
    return withoutSecrets(withAdvice(answered, cache), secrets.read());
  };
  const client: Asker = { api: coreApi };
  const asClient = (request: GraphQLRequest) => answer(client, request);

  const modules = new LoadedModules({
    context,
    handles,
    workdir,
    env: options.env,
    api: asked(),
    open: (call, module, types, activity) => {
      // A function is not shown its own module: none of its names shadows the API's.
      const api = types.objects.length === 0 ? coreApi : extended(coreApi, types);
      const asker: Asker = { api, call, module };
      return http.open((request) => activity.during(() => answer(asker, request)));
    },
    revoke: (token) => http.revoke(token),
    extend: (types) => {
      client.api = extended(client.api, types);
    },
  });

  return {
    query: asClient,
    listen: () => http.open(asClient),
    loadModule: (ref) =>
      modules.load(ref).catch((error: Error) => {
        throw isDiskFull(error.message) ? new Error(diskFull(error.message, cache)) : error;
      }),
    async close() {
      if (ending.signal.aborted) return;
      const interrupted = signal.aborted;
      ending.abort();
      modules.close();
      http.close();
      await runner.close();
      const others = (openSessions.get(cache.root) ?? 1) - 1;
      openSessions.set(cache.root, others);
      if (others === 0) rmSync(cache.tmp, { recursive: true, force: true });
      if (!hasMade || interrupted || others > 0) return;
      await pruneNowAndThen(cache, limits, options.signal ?? new AbortController().signal, (text) =>
        events.notice(text),
      );
    },
  };
}

function extended(api: Api, { objects, enums }: ApiTypes): Api {
  return makeApi([...api.objects, ...objects], [...api.enums, ...enums], api.inputs);
}

function withAdvice(answer: GraphQLAnswer, cache: CacheFolder): GraphQLAnswer {
  if (!answer.errors?.some(({ message }) => isDiskFull(message))) return answer;
  const errors = answer.errors.map(({ message, ...rest }) => ({
    ...rest,
    message: isDiskFull(message) ? diskFull(message, cache) : message,
  }));
  return { ...answer, errors };
}

/** Errors are shown and logged, by whoever gets them: whatever is in them, secrets are not. */
function withoutSecrets(answer: GraphQLAnswer, secrets: readonly Buffer[]): GraphQLAnswer {
  if (!answer.errors || secrets.length === 0) return answer;
  const errors = answer.errors.map(({ message, extensions, ...rest }) => ({
    ...rest,
    message: scrubbed(message, secrets),
    ...(extensions ? { extensions: scrubbedJson(extensions, secrets) } : {}),
  }));
  return { ...answer, errors };
}

function scrubbedJson<T>(value: T, secrets: readonly Buffer[]): T {
  return JSON.parse(JSON.stringify(value), (_key, part) =>
    typeof part === "string" ? scrubbed(part, secrets) : part,
  ) as T;
}

function stepsAtOnce({ GALLEY_STEPS: text }: NodeJS.ProcessEnv): { steps?: number } {
  if (!text) return {};
  if (/^[1-9]\d*$/u.test(text)) return { steps: Number(text) };
  throw new Error(`GALLEY_STEPS: ${JSON.stringify(text)} is no number of steps to run at once`);
}
