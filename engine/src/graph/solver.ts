import { withLock } from "../runner/process-lock.ts";
import { type Digest, digestOfJson, type Json } from "../tree/digest.ts";
import type { Context } from "./context.ts";
import { keepResult, keptResult } from "./kept-results.ts";
import { kindOf, type Operation } from "./operation.ts";

/** Solves operations lazily: each key once in a session, and once among all processes. */
export class Solver {
  private readonly keys = new WeakMap<Operation, Digest | Promise<Digest>>();
  private readonly results = new Map<Digest, Promise<unknown>>();

  constructor(private readonly context: () => Context) {}

  /** The cache key: kind, arguments and what its inputs are. */
  key(operation: Operation): Digest | Promise<Digest> {
    let key = this.keys.get(operation);
    if (!key) {
      key = this.computeKey(operation);
      this.keys.set(operation, key);
    }
    return key;
  }

  /** What dependents see of an operation: its key, or the digest of its answer's contents. */
  identity(operation: Operation): Digest | Promise<Digest> {
    const { identity } = kindOf(operation);
    if (identity === "recipe") return this.key(operation);
    return this.solve(operation).then(identity);
  }

  /** The operation's answer, from the session, from disk, or by running it. */
  async solve<Result>(operation: Operation<Result>): Promise<Result> {
    const kind = kindOf(operation);
    const key = await this.key(operation);
    if (!kind.caching.keep && kind.caching.within === "never") {
      return (await this.run(operation, key)) as Result;
    }
    let result = this.results.get(key);
    if (!result) {
      result = this.restoreOrRun(operation, key);
      this.results.set(key, result);
      // A failure is not an answer: whoever asks later tries again.
      result.catch(() => this.results.delete(key));
    }
    return (await result) as Result;
  }

  /** The answer if it is there already, without running anything. */
  async peek<Result>(operation: Operation<Result>): Promise<Result | undefined> {
    const key = await this.key(operation);
    const known = this.results.get(key);
    if (known) return (await known.catch(() => undefined)) as Result | undefined;
    return (await keptResult(kindOf(operation), key, this.context())) as Result | undefined;
  }

  /** At once where nothing has to be waited for, as in most of a long chain. */
  private computeKey(operation: Operation): Digest | Promise<Digest> {
    const kind = kindOf(operation);
    const args = kind.identify ? kind.identify(operation.args, this.context()) : operation.args;
    const inputs = operation.inputs.map((input) => this.identity(input));
    const digest = (known: Json, identities: readonly Digest[]) =>
      digestOfJson([kind.name, known, identities]);
    if (!(args instanceof Promise) && inputs.every((input) => typeof input === "string")) {
      return digest(args, inputs);
    }
    return Promise.all([args, ...inputs]).then(([known, ...identities]) =>
      digest(known as Json, identities as Digest[]),
    );
  }

  private async restoreOrRun(operation: Operation, key: Digest): Promise<unknown> {
    const kind = kindOf(operation);
    const context = this.context();
    if (!kind.caching.keep) return this.run(operation, key);
    const kept = await keptResult(kind, key, context);
    if (kept !== undefined) return kept;
    const inputs = await this.solveInputs(operation);
    return withLock(context.cache, key, context.signal, async () => {
      const madeMeanwhile = await keptResult(kind, key, context);
      if (madeMeanwhile !== undefined) return madeMeanwhile;
      const result = await kind.run(operation.args, inputs, context, key);
      await keepResult(kind, key, result, context);
      return result;
    });
  }

  private async run(operation: Operation, key: Digest): Promise<unknown> {
    const inputs = await this.solveInputs(operation);
    return kindOf(operation).run(operation.args, inputs, this.context(), key);
  }

  private solveInputs(operation: Operation): Promise<unknown[]> {
    return Promise.all(operation.inputs.map((input) => this.solve(input)));
  }
}
