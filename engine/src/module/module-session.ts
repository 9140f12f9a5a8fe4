import type { Context } from "../graph/context.ts";
import type { Activity } from "../graph/events.ts";
import type { CurrentCall, EnumType, ObjectType, Session } from "../schema/define.ts";
import type { Handles } from "./handles.ts";
import type { ModuleSource } from "./source.ts";

/** Types that a module adds to the API. */
export interface ApiTypes {
  readonly objects: readonly ObjectType[];
  readonly enums: readonly EnumType[];
}

/** What modules need of the session that they are loaded in. */
export interface ModuleSession {
  readonly context: Context;
  readonly handles: Handles;
  readonly workdir: string;
  readonly env: NodeJS.ProcessEnv;
  /** what the API's own fields are asked with, by no function in particular */
  readonly api: Session;
  /**
   * A token by which a call's process asks the session: the API, and what `types` adds to it. What
   * it asks for belongs to the call's `activity`.
   */
  open(
    call: CurrentCall,
    source: ModuleSource,
    types: ApiTypes,
    activity: Activity,
  ): Promise<{ readonly port: number; readonly token: string }>;
  revoke(token: string): void;
  /** adds types to what clients can ask for */
  extend(types: ApiTypes): void;
}
