import type { Digest, Json } from "../tree/digest.ts";
import type { Context } from "./context.ts";

/**
 * One node of the graph, as plain data: what to do, with which arguments, on whose results.
 * Nothing runs until somebody solves it; equal operations run once.
 */
export interface Operation<Result = unknown> {
  readonly kind: string;
  readonly args: Json;
  readonly inputs: readonly Operation[];
  /** only for the type checker: what solving it gives */
  readonly result?: () => Result;
}

/**
 * How a kind of operation is identified, run and kept: all that the solver knows of it.
 *
 * `identity` says what dependents see of the operation in their keys. "recipe": its own key, so
 * that dependents' keys are known without running it. A function: the digest of its answer, so
 * that dependents are not run again when another way led to the same contents.
 */
export interface OperationKind<Args extends Json = Json, Result = unknown> {
  readonly name: string;
  /** what stands for the arguments in the key; default: the arguments */
  identify?(args: Args, context: Context): Json | Promise<Json>;
  readonly identity: "recipe" | ((result: Result) => Digest);
  readonly caching: Caching<Result>;
  run(args: Args, inputs: readonly unknown[], context: Context, key: Digest): Promise<Result>;
}

/** Answers are kept on disk as JSON (with a way to and fro), or not at all, for a stated reason. */
export type Caching<Result> = Kept<Result> | Uncached;

export interface Kept<Result> {
  readonly keep: true;
  store(result: Result, context: Context): Json | Promise<Json>;
  /** undefined: what was kept is no longer whole (a layer was pruned); the operation runs again */
  restore(
    kept: Json,
    context: Context,
    key: Digest,
  ): Result | undefined | Promise<Result | undefined>;
}

export interface Uncached {
  readonly keep: false;
  readonly reason: string;
  /** how often it runs within one session: once, or each time it is asked for */
  readonly within: "session" | "never";
}

/** Not kept on disk, and why. Within a session the answer is shared unless it says never. */
export function uncached(reason: string, within: Uncached["within"] = "session"): Uncached {
  return { keep: false, reason, within };
}

const kinds = new Map<string, OperationKind>();

/** Registers a kind and gives back the maker of its operations. */
export function defineOperation<Args extends Json, Result>(
  kind: OperationKind<Args, Result>,
): (args: Args, inputs?: readonly Operation[]) => Operation<Result> {
  if (kinds.has(kind.name)) throw new Error(`operation kind ${kind.name} is defined twice`);
  kinds.set(kind.name, kind as unknown as OperationKind);
  return (args, inputs = []) => ({ kind: kind.name, args, inputs });
}

export function kindOf(operation: Operation): OperationKind {
  const kind = kinds.get(operation.kind);
  if (!kind) throw new Error(`no such operation kind: ${operation.kind}`);
  return kind;
}
