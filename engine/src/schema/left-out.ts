import { ApiError } from "../tree/api-error.ts";
import { isDaggerField } from "./dagger-fields.ts";

const models = "galley serves no language models";
const cloud = "it belongs to Dagger Cloud";
const interactive = "it needs a terminal: let the command write what you want to see";
const sdks = "SDKs register modules with it: galley scans TypeScript modules itself";
const introspection =
  "it describes modules to tools: galley functions, and introspection of the API, list what a module has";
const sources = "it edits and generates modules: edit dagger.json, nothing has to be generated";
const runs =
  "it runs what decorators mark: galley check runs checks, galley call any function by its name";
const workspaces = "it came after the modules of 0.21, which take a Directory with a defaultPath";
const gpus = "steps are not given devices of the machine";
const sshfs = "it needs sshfs on the machine: use a Directory or a cache volume";
const images = "it needs Docker or containerd on the machine: use export, import or publish";
const inside = "it describes the inside of Dagger's engine: see galley prune";

/** Why types of Dagger's API are not in galley; their fields are not either. */
const typesLeftOut: Readonly<Record<string, string>> = {
  Binding: models,
  Check: runs,
  CheckGroup: runs,
  ClientFilesyncMirror: inside,
  Cloud: cloud,
  EngineCache: inside,
  EngineCacheEntry: inside,
  EngineCacheEntrySet: inside,
  EnumTypeDef: introspection,
  EnumValueTypeDef: introspection,
  Env: models,
  FieldTypeDef: introspection,
  Function: introspection,
  FunctionArg: introspection,
  GeneratedCode: sdks,
  Generator: runs,
  GeneratorGroup: runs,
  HTTPState: inside,
  InputTypeDef: introspection,
  InterfaceTypeDef: introspection,
  LLM: models,
  LLMTokenUsage: models,
  ListTypeDef: introspection,
  Module: introspection,
  ModuleConfigClient: sources,
  ModuleSource: sources,
  ObjectTypeDef: introspection,
  RemoteGitMirror: inside,
  SDKConfig: sources,
  ScalarTypeDef: introspection,
  SourceMap: sdks,
  Terminal: interactive,
  TypeDef: introspection,
  Up: runs,
  UpGroup: runs,
  Volume: sshfs,
  Workspace: workspaces,
};

/** Why fields of types that galley has are left out. */
const fieldsLeftOut: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Address: { volume: sshfs },
  Container: {
    experimentalWithAllGPUs: gpus,
    experimentalWithGPU: gpus,
    exportImage: images,
    terminal: interactive,
    withMountedVolume: sshfs,
  },
  CurrentModule: {
    dependencies: introspection,
    generatedContextDirectory: sources,
    generators: runs,
  },
  Directory: { asModule: introspection, asModuleSource: sources, terminal: interactive },
  Engine: { clients: inside, localCache: inside },
  Host: { containerImage: images },
  Query: {
    cloud,
    currentEnv: models,
    currentTypeDefs: introspection,
    currentWorkspace: workspaces,
    env: models,
    function: sdks,
    generatedCode: sdks,
    llm: models,
    module: sdks,
    moduleSource: sources,
    sourceMap: sdks,
    sshfsVolume: sshfs,
    typeDef: sdks,
  },
  Service: { terminal: interactive },
};

/** Why a field of Dagger's API is not in galley; undefined: it is none, or it is there. */
export function whyLeftOut(type: string, field: string): string | undefined {
  if (!isDaggerField(type, field)) return undefined;
  const loaded = /^load(\w+)FromID$/u.exec(field)?.[1];
  return fieldsLeftOut[type]?.[field] ?? typesLeftOut[loaded ?? type];
}

/** Why a whole type of Dagger's API is not in galley. */
export function whyTypeLeftOut(type: string): string | undefined {
  return typesLeftOut[type];
}

const network =
  "a registry in a service has its name among containers only: use one of the network";
const nesting =
  "a step with the API could reach all that its session can: run such a program with galley run";

/** Arguments that are declared in order to be refused by name, and why. */
const argumentsLeftOut = {
  "Container.from(registryService:)": network,
  "Container.publish(registryService:)": network,
  "Container.withExec(experimentalPrivilegedNesting:)": nesting,
  "Container.asService(experimentalPrivilegedNesting:)": nesting,
  "Container.up(experimentalPrivilegedNesting:)": nesting,
  "Directory.dockerBuild(ssh:)": "mount the socket into a container: withUnixSocket",
} as const;

export type ArgumentLeftOut = keyof typeof argumentsLeftOut;

/** Why an argument is not in galley. */
export function whyArgumentLeftOut(name: string): string | undefined {
  return argumentsLeftOut[name as ArgumentLeftOut];
}

export function argumentLeftOut(name: ArgumentLeftOut): ApiError {
  return new ApiError(
    `galley does not have ${name}: ${argumentsLeftOut[name]}; engine/SUPPORTED.md lists what it has`,
  );
}
