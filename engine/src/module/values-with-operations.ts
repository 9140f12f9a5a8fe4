import type { Operation } from "../graph/operation.ts";
import { type Digest, digestOfJson, type Json } from "../tree/digest.ts";

/** Is this part of a value an operation of the graph? */
export function isOperation(value: unknown): value is Operation {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    "args" in value &&
    Array.isArray((value as { inputs?: unknown }).inputs)
  );
}

/** A copy of a value in which every operation is replaced by what `change` makes of it. */
function mapOperations(value: unknown, change: (operation: Operation) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isOperation(value)) return change(value);
  if (Array.isArray(value)) return value.map((each) => mapOperations(each, change));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, mapOperations(each, change)]),
  );
}

const digests = new WeakMap<Operation, Digest>();

/** Identity of an operation's definition; nothing is run for it, and shared inputs count once. */
function digestOfOperation(operation: Operation): Digest {
  const known = digests.get(operation);
  if (known) return known;
  const { kind, args, inputs } = operation;
  const digest = digestOfJson([kind, args, inputs.map(digestOfOperation)]);
  digests.set(operation, digest);
  return digest;
}

/** Identity of a value of the API: equal for values that are equal, however they were come by. */
export function digestOfValue(value: unknown): Digest {
  return digestOfJson(mapOperations(value, digestOfOperation) as Json);
}

/** A value as JSON in which every operation stands once, inputs before those that use them. */
export interface PackedValue {
  readonly operations: readonly {
    readonly kind: string;
    readonly args: Json;
    readonly inputs: readonly number[];
  }[];
  /** operations are `{ "$operation": index }` */
  readonly value: Json;
}

const slot = "$operation";

export function pack(value: unknown): PackedValue {
  const operations: { kind: string; args: Json; inputs: number[] }[] = [];
  const indexes = new Map<Digest, number>();
  const indexOf = (operation: Operation): number => {
    const digest = digestOfOperation(operation);
    const known = indexes.get(digest);
    if (known !== undefined) return known;
    const { kind, args } = operation;
    const inputs = operation.inputs.map(indexOf);
    indexes.set(digest, operations.length);
    operations.push({ kind, args, inputs });
    return operations.length - 1;
  };
  const packed = mapOperations(value, (operation) => ({ [slot]: indexOf(operation) }));
  return { operations, value: packed as Json };
}

export function unpack({ operations, value }: PackedValue): unknown {
  const made: Operation[] = [];
  for (const { kind, args, inputs } of operations) {
    made.push({ kind, args, inputs: inputs.map((index) => made[index] as Operation) });
  }
  const restore = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map(restore);
    const index = (part as Record<string, unknown>)[slot];
    if (typeof index === "number") return made[index];
    return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, restore(each)]));
  };
  return restore(value);
}
