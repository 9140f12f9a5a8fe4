/** Tests of Dagger modules on an engine of their own: see docs/testing-modules.md. */
export type { ActivityKind } from "../graph/events.ts";
export type { StepFault } from "../graph/step-faults.ts";
export type { Activity } from "./activity-log.ts";
export { CallError } from "./call-error.ts";
export { type CommandOptions, galley, galleyPath, type Ran } from "./command-line.ts";
export { type ChooseFault, type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
export { freePort } from "./free-port.ts";
export { type Registry, type RegistryOptions, registryLogin, startRegistry } from "./registry.ts";
export type { Answered, ModuleClass, Remote } from "./remote.ts";
export { type ScratchCache, type ScratchCacheOptions, scratchCache } from "./scratch-cache.ts";
export { openSession, type SessionOptions, type TestSession } from "./session.ts";
