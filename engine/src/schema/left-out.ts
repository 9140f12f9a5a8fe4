import { ApiError } from "../tree/api-error.ts";
import { isDaggerField } from "./dagger-fields.ts";

const models = "galley serves no language models";
const cloud = "it belongs to Dagger Cloud";
const interactive = "it needs a terminal: let the command write what you want to see";
const sdks = "SDKs make modules with it: galley scans TypeScript modules itself";
const runtimes = "modules run as processes of this machine: there is no container to give away";
const schemas =
  "it is for generators of clients: introspection of the API, or currentTypeDefs, has it";
const defaults = "no .env file changes what galley's modules are given";
const otherModules = "dagger.json has none of these here: see dependencies";
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
  Env: models,
  GeneratedCode: sdks,
  Generator: runs,
  GeneratorGroup: runs,
  HTTPState: inside,
  LLM: models,
  LLMTokenUsage: models,
  ModuleConfigClient: sources,
  RemoteGitMirror: inside,
  Terminal: interactive,
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
    generatedContextDirectory: sources,
    generators: runs,
  },
  Directory: { terminal: interactive },
  Engine: { clients: inside, localCache: inside },
  Host: { containerImage: images },
  Module: {
    check: runs,
    checks: runs,
    generatedContextDirectory: sources,
    generator: runs,
    generators: runs,
    introspectionSchemaJSON: schemas,
    runtime: runtimes,
    services: runs,
    userDefaults: defaults,
  },
  ModuleSource: {
    ...Object.fromEntries(
      "withClient withDependencies withEngineVersion withExperimentalFeatures withIncludes withName withSDK withSourceSubpath withUpdateDependencies withUpdatedClients withoutClient withoutDependencies withoutExperimentalFeatures generatedContextChangeset generatedContextDirectory configClients"
        .split(" ")
        .map((name) => [name, sources]),
    ),
    ...Object.fromEntries(
      "blueprint withBlueprint withToolchains withUpdateBlueprint withUpdateToolchains withoutBlueprint withoutToolchains"
        .split(" ")
        .map((name) => [name, otherModules]),
    ),
    introspectionSchemaJSON: schemas,
    userDefaults: defaults,
  },
  Query: {
    cloud,
    currentEnv: models,
    currentWorkspace: workspaces,
    env: models,
    generatedCode: sdks,
    llm: models,
    sshfsVolume: sshfs,
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

const nesting =
  "the host of its session is this machine, and a step's would have to be its own container: run such a program with galley run";

/** Arguments that are declared in order to be refused by name, and why. */
const argumentsLeftOut = {
  "Container.withExec(experimentalPrivilegedNesting:)": nesting,
  "Container.asService(experimentalPrivilegedNesting:)": nesting,
  "Container.up(experimentalPrivilegedNesting:)": nesting,
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
