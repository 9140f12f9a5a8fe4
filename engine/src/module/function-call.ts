import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../graph/context.ts";
import { defineOperation, type Operation, uncached } from "../graph/operation.ts";
import { canStillBeHad } from "../images/resolve.ts";
import { type Digest, hexOf, type Json } from "../tree/digest.ts";
import type { FunctionCache } from "./type-defs.ts";
import type { PackedValue } from "./values-with-operations.ts";

/** A call of a module's function, as data; objects in it are handles or their fields. */
export type FunctionCall = {
  readonly module: string;
  /** identity of the module's source */
  readonly source: Digest;
  /** the class's name, and the function's; "" is the constructor */
  readonly object: string;
  readonly name: string;
  readonly parent: Json;
  readonly args: Readonly<Record<string, Json>>;
};

/** What a function answered, with the objects behind the handles in it. */
export interface CallAnswer {
  /** how the call is named in the progress display */
  readonly title: string;
  readonly value: Json;
  readonly objects: Readonly<Record<string, PackedValue>>;
  /** objects that mean something in this session only: the answer is not kept */
  readonly transient: boolean;
  /** milliseconds since the epoch, for an answer that is kept */
  readonly expires?: number;
}

/** Who runs calls of functions for the solver. */
export interface CallRunner {
  run(call: FunctionCall, key: Digest): Promise<CallAnswer>;
  /** hashes of the secrets that a call's arguments lead to */
  secrets(call: FunctionCall): Promise<readonly Digest[]>;
}

const runners = new WeakMap<Context, CallRunner>();

/** Says who runs calls in a session. */
export function runCallsWith(context: Context, runner: CallRunner): void {
  runners.set(context, runner);
}

/** The operation for a call, by how long its answer holds. */
export function functionCall(call: FunctionCall, cache: FunctionCache): Operation<CallAnswer> {
  if (cache.kind === "never") return callEachTime(call);
  if (cache.kind === "session") return callOncePerSession(call);
  return keptCall({ ...call, seconds: cache.seconds });
}

const common = {
  identity: "recipe",
  identify: async (call: FunctionCall, context: Context): Promise<Json> => ({
    ...call,
    secrets: await runnerOf(context).secrets(call),
    ...(context.faults ? { faults: context.faults.identity } : {}),
  }),
  run: (call: FunctionCall, _inputs: readonly unknown[], context: Context, key: Digest) =>
    runnerOf(context).run(call, key),
} as const;

const keptCall = defineOperation<FunctionCall & { readonly seconds: number }, CallAnswer>({
  ...common,
  name: "function call",
  async run(call, _inputs, context, key) {
    const answer = await runnerOf(context).run(call, key);
    return { ...answer, expires: Date.now() + call.seconds * 1000 };
  },
  caching: {
    keep: true,
    store: (answer) => (answer.transient ? null : (answer as unknown as Json)),
    restore(kept, context, key) {
      if (kept === null) return undefined;
      const answer = kept as unknown as CallAnswer;
      const expired = answer.expires !== undefined && answer.expires <= Date.now();
      if (expired || !isWhole(answer, context)) return undefined;
      context.events.begin("function", answer.title, key).end({ kind: "cached" });
      return answer;
    },
  },
});

const callOncePerSession = defineOperation<FunctionCall, CallAnswer>({
  ...common,
  name: "function call of a session",
  caching: uncached('the function says cache: "session"'),
});

const callEachTime = defineOperation<FunctionCall, CallAnswer>({
  ...common,
  name: "function call each time",
  caching: uncached('the function says cache: "never"', "never"),
});

/** Are the files and images that a kept answer's objects are made of still there? */
function isWhole(answer: CallAnswer, { cache }: Context): boolean {
  return Object.values(answer.objects).every(({ operations }) =>
    operations.every(({ kind, args }) => {
      if (kind === "from") {
        const { reference, platform, digest } = args as unknown as PinnedImage;
        return digest === undefined || canStillBeHad(reference, platform, digest, cache);
      }
      if (kind !== "tree") return true;
      const hex = hexOf((args as { digest: Digest }).digest);
      return existsSync(join(cache.trees, hex.slice(0, 2), hex.slice(2)));
    }),
  );
}

interface PinnedImage {
  readonly reference: string;
  readonly platform: string;
  readonly digest?: Digest;
}

function runnerOf(context: Context): CallRunner {
  const runner = runners.get(context);
  if (!runner) throw new Error("this session has loaded no module");
  return runner;
}
