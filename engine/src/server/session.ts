import { resolve } from "node:path";
import type { Context } from "../graph/context.ts";
import { Events, type SessionEvent } from "../graph/events.ts";
import { Solver } from "../graph/solver.ts";
import { Handles } from "../module/handles.ts";
import { type LoadedModule, LoadedModules } from "../module/loaded-modules.ts";
import { defaultCacheRoot, openCacheFolder } from "../runner/cache-folder.ts";
import { openRunner } from "../runner/runner.ts";
import { callTypes } from "../schema/current-module.ts";
import type { CurrentCall, EnumType, ObjectType, Session } from "../schema/define.ts";
import { enumTypes } from "../schema/enums.ts";
import { coreTypes } from "../schema/index.ts";
import type { GraphQLAnswer, GraphQLRequest } from "./answer.ts";
import { answerRequest } from "./answer-request.ts";
import { makeApi } from "./api.ts";
import { HttpServer, type Listening } from "./http.ts";
import { Secrets } from "./secrets.ts";

const leftOut = () => false;

export interface SessionOptions {
  /** default: `$GALLEY_CACHE`, else below the user's cache folder */
  readonly cacheRoot?: string;
  /** what relative paths of the host are relative to */
  readonly workdir: string;
  /** the client's environment: where `env://` secrets come from */
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent?: (event: SessionEvent) => void;
  readonly signal?: AbortSignal;
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

/** Opens a session. Nothing is started before it is needed. */
export async function openSession(options: SessionOptions): Promise<EngineSession> {
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  const cache = openCacheFolder(options.cacheRoot ?? defaultCacheRoot(options.env));
  const events = new Events();
  if (options.onEvent) events.subscribe(options.onEvent);
  const workdir = resolve(options.workdir);
  const secrets = new Secrets(cache, workdir, options.env);
  const runner = openRunner({ cache, signal });
  const context: Context = {
    cache,
    solver: new Solver(() => context),
    runner,
    events,
    signal,
    secrets,
  };
  const handles = new Handles(() => context);
  const http = new HttpServer();
  // A function is not shown its own module: none of its names shadows the API's.
  const coreApi = makeApi([...coreTypes, ...callTypes], enumTypes);
  let api = coreApi;

  const asked = (call?: CurrentCall): Session => ({
    context,
    workdir,
    env: options.env,
    secrets,
    idOf: (typeName, value) => handles.idOf(typeName, value),
    load: async (typeName, id) => handles.load(typeName, id),
    find: (id) => handles.find(id),
    ...(call ? { call } : {}),
  });
  const answer = (request: GraphQLRequest, call?: CurrentCall) =>
    answerRequest(call ? coreApi : api, request, asked(call), leftOut);

  const modules = new LoadedModules({
    context,
    handles,
    workdir,
    env: options.env,
    open: (call) => http.open((request) => answer(request, call)),
    revoke: (token) => http.revoke(token),
    extend: (types: readonly ObjectType[], enums: readonly EnumType[]) => {
      api = makeApi([...api.objects, ...types], [...api.enums, ...enums]);
    },
  });

  return {
    query: (request) => answer(request),
    listen: () => http.open((request) => answer(request)),
    loadModule: (ref) => modules.load(ref),
    async close() {
      ending.abort();
      await modules.close();
      http.close();
      await runner.close();
    },
  };
}
