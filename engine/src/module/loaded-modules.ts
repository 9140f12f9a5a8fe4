import type { Field, ObjectType } from "../schema/define.ts";
import { coreTypes } from "../schema/index.ts";
import type { TypeDef } from "../schema/module-types/values.ts";
import type { Digest, Json } from "../tree/digest.ts";
import { callArguments } from "./arguments.ts";
import { moduleBundle } from "./bundle.ts";
import { locateModule } from "./checkout.ts";
import { type Check, checksOf } from "./checks.ts";
import type { ModuleConfig } from "./dagger-json.ts";
import type { DependencyTypes } from "./dependency-client.ts";
import { described } from "./described.ts";
import { functionCall, runCallsWith } from "./function-call.ts";
import { FunctionProcesses } from "./function-process.ts";
import type { TypedObject } from "./handles.ts";
import { checkInterfaces, interfaceTypes } from "./interfaces.ts";
import { keptTypes, type ModuleFolder, moduleFolder, scanModule } from "./kept-module.ts";
import { fromModule, type ModuleObject } from "./module-object.ts";
import type { ApiTypes, ModuleSession } from "./module-session.ts";
import { lowerCamel } from "./names.ts";
import {
  constructorField,
  enumTypes,
  type ModuleResolver,
  objectTypes,
  queryFields,
} from "./object-types.ts";
import { hasItsPackages } from "./packages.ts";
import { type CallableModule, runCall } from "./run-call.ts";
import { secretsWithin } from "./secrets-within.ts";
import { type ModuleSource, namedDependency, readSource } from "./source.ts";
import {
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

interface Loaded extends LoadedModule, CallableModule {
  readonly dependencyTypes: ApiTypes;
  /** its objects and enumerations, and how they are resolved */
  readonly apiTypes: ApiTypes;
  readonly resolver: ModuleResolver;
}

/** The modules of a session, and the calls of their functions. */
export class LoadedModules {
  private readonly bySource = new Map<Digest, Promise<Loaded>>();
  /** what is known of their types, by name */
  readonly types = new Map<string, TypeDef>();
  private readonly processes: FunctionProcesses;

  constructor(private readonly session: ModuleSession) {
    const { context, handles, env } = session;
    this.processes = new FunctionProcesses(env);
    runCallsWith(context, {
      run: async (call, key) => {
        const module = await this.bySource.get(call.source);
        if (!module) throw new Error(`module ${call.module} is not loaded`);
        return runCall(call, key, module, session, this.processes);
      },
      secrets: (call) => secretsWithin([call.parent, call.args], handles, context),
    });
  }

  /** Loads the module that `-m` names; clients can then ask for what it and what it uses have. */
  async load(ref: string): Promise<LoadedModule | undefined> {
    const { api, workdir } = this.session;
    const config =
      (await namedDependency(ref, workdir, api)) ?? (await locateModule(ref, workdir, api));
    if (!config) return undefined;
    const source = await readSource(config, api);
    const module = await this.loaded(source);
    const { dependencyTypes, apiTypes, typeDefs, resolver } = module;
    this.session.extend(dependencyTypes);
    this.session.extend(apiTypes);
    this.session.extend(fieldsOfQuery(queryFields(typeDefs, resolver)));
    return module;
  }

  /** What a module offers. */
  async describe(source: ModuleSource): Promise<ReturnType<typeof described>> {
    return described((await this.loaded(source)).typeDefs);
  }

  /** What serving a module adds for its asker. */
  async served(
    source: ModuleSource,
    options: { readonly includeDependencies: boolean; readonly entrypoint: boolean },
  ): Promise<ApiTypes[]> {
    const module = await this.loaded(source);
    const { dependencyTypes, apiTypes, typeDefs, resolver } = module;
    return [
      ...(options.includeDependencies ? [dependencyTypes] : []),
      typesOf([{ name: source.config.name, module }]),
      apiTypes,
      ...(options.entrypoint ? [fieldsOfQuery(queryFields(typeDefs, resolver))] : []),
    ];
  }

  close(): void {
    this.processes.close();
  }

  private loaded(source: ModuleSource): Promise<Loaded> {
    const module = this.bySource.get(source.digest) ?? this.prepare(source);
    this.bySource.set(source.digest, module);
    return module;
  }

  private async prepare(source: ModuleSource): Promise<Loaded> {
    const { context } = this.session;
    const { config } = source;
    const folder = await moduleFolder(source, context.cache);
    const dependencies = await Promise.all(
      source.dependencies.map(async ({ name, source: own }) => ({
        name,
        module: await this.loaded(own),
      })),
    );
    const known: DependencyTypes[] = dependencies.map(({ name, module }) => ({
      name,
      types: module.typeDefs,
    }));
    let made: Promise<string> | undefined;
    const bundle = () => {
      made ??= moduleBundle(source, folder, known, context);
      return made;
    };
    const typeDefs = keptTypes(folder) ?? (await this.scan(source, folder, known, bundle));
    const { objects, enums, interfaces: own } = described(typeDefs);
    for (const type of [...objects, ...enums, ...own]) this.types.set(type.name, type);
    const resolver = this.resolver(source, typeDefs);
    const dependencyTypes = typesOf(dependencies);
    const interfaces = interfaceTypes(typeDefs, (object) => this.fieldsOf(object));
    return {
      config,
      typeDefs,
      checks: checksOf(typeDefs),
      source,
      folder,
      bundle,
      dependencyTypes,
      seenTypes: { ...dependencyTypes, objects: [...dependencyTypes.objects, ...interfaces] },
      apiTypes: {
        objects: [...objectTypes(typeDefs, resolver), ...interfaces],
        enums: enumTypes(typeDefs),
      },
      resolver,
    };
  }

  private async scan(
    source: ModuleSource,
    folder: ModuleFolder,
    dependencies: readonly DependencyTypes[],
    bundle: () => Promise<string>,
  ): Promise<ModuleTypes> {
    const { cache, events, signal } = this.session.context;
    // Who edits a module calls it next: its bundle is made meanwhile. Failing is a call's matter.
    if (hasItsPackages(source, folder.files)) bundle().catch(() => undefined);
    const activity = events.begin("module", `load module ${source.config.name}`, source.digest);
    try {
      const types = await scanModule(source, folder, dependencies, cache, signal);
      activity.end({ kind: "done" });
      return types;
    } catch (error) {
      activity.end({ kind: "failed", message: (error as Error).message });
      throw error;
    }
  }

  /** The fields of an object, whichever module of this session it is of. */
  private async fieldsOf({ typeName, value }: TypedObject): Promise<ObjectType["fields"]> {
    const { source } = value as Partial<ModuleObject>;
    const module = source ? await this.bySource.get(source as Digest) : undefined;
    const types = module ? module.apiTypes.objects : coreTypes;
    return types.find(({ name }) => name === typeName)?.fields ?? {};
  }

  private resolver(source: ModuleSource, types: ModuleTypes): ModuleResolver {
    const { context, handles, api } = this.session;
    const value = (json: Json, type: FunctionTypeDef["returns"]) =>
      fromModule(json, type, types, source.digest, handles);
    const answer = async (
      { originalName: object }: ObjectTypeDef,
      { args: declared, cache, originalName: name }: FunctionTypeDef,
      parent: Json,
      given: Readonly<Record<string, unknown>>,
    ): Promise<Json> => {
      const { config } = source;
      const find = (id: string) => handles.find(id);
      await checkInterfaces(declared, given, types, find, (object) => this.fieldsOf(object));
      const args = await callArguments(declared, given, { config, types }, handles, api);
      const call = { module: config.name, source: source.digest, object, name, parent, args };
      const holds = cache.kind === "kept" && !config.keepsAnswers ? sessionOnly : cache;
      const { value, objects } = await context.solver.solve(functionCall(call, holds));
      handles.unpackAll(objects);
      return value;
    };
    return {
      field: ({ state }, { originalName, type }) => {
        const fields = state as Readonly<Record<string, Json>>;
        return value(fields[originalName] ?? null, type);
      },
      call: async (owner, fn, parent, args) =>
        value(await answer(owner, fn, parent, args), fn.returns),
      construct: async (args): Promise<ModuleObject> => {
        const main = mainObject(types) as ObjectTypeDef;
        // A class without a constructor of its own begins with no fields at all.
        const state = main.construct ? await answer(main, main.construct, null, args) : {};
        return { source: source.digest, state };
      },
    };
  }
}

/** What a module that asks for no other caching of its functions gets, where it wants none. */
const sessionOnly = { kind: "session" } as const;

/** What dependencies add to the API: their types, and a field of Query for each. */
function typesOf(
  dependencies: readonly { readonly name: string; readonly module: Loaded }[],
): ApiTypes {
  const fields: Record<string, Field> = {};
  for (const { name, module } of dependencies) {
    const main = mainObject(module.typeDefs);
    if (main) fields[lowerCamel(name)] = constructorField(main, module.resolver);
  }
  const query = fieldsOfQuery(fields);
  return {
    objects: [...dependencies.flatMap(({ module }) => module.apiTypes.objects), ...query.objects],
    enums: dependencies.flatMap(({ module }) => module.apiTypes.enums),
  };
}

function fieldsOfQuery(fields: Record<string, Field>): ApiTypes {
  return { objects: [{ name: "Query", description: "", fields }], enums: [] };
}
