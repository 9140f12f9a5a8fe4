import type { Context } from "../graph/context.ts";
import type { Operation } from "../graph/operation.ts";
import { hostDirectory, hostFile, keptFile, keptTree } from "../graph/operations/tree-source.ts";
import { saveTree } from "../tree/kept-trees.ts";
import type { FileNode, Tree } from "../tree/tree.ts";
import { isOperation } from "./values-with-operations.ts";

const hostDirectoryKind = hostDirectory({
  path: "",
  include: [],
  exclude: [],
  gitignore: false,
  nonce: "",
}).kind;
const hostFileKind = hostFile({ path: "", nonce: "" }).kind;

/**
 * Replaces reading the host by what was read: a handle then means the same in a later session, and
 * equal files have equal handles wherever they lie.
 */
export class Pins {
  private readonly pinned = new WeakMap<Operation, Promise<Operation>>();
  private readonly reading = new WeakMap<Operation, boolean>();

  constructor(private readonly context: () => Context) {}

  async value(value: unknown): Promise<unknown> {
    if (typeof value !== "object" || value === null) return value;
    if (isOperation(value)) return this.operation(value);
    if (Array.isArray(value)) return Promise.all(value.map((each) => this.value(each)));
    return Object.fromEntries(
      await Promise.all(
        Object.entries(value).map(async ([key, each]) => [key, await this.value(each)]),
      ),
    );
  }

  private operation(operation: Operation): Operation | Promise<Operation> {
    if (!this.readsHost(operation)) return operation;
    let pinned = this.pinned.get(operation);
    if (!pinned) {
      pinned = this.pin(operation);
      this.pinned.set(operation, pinned);
    }
    return pinned;
  }

  /** Is anything of the host among what it is made of? Most graphs are long, and read nothing. */
  private readsHost(operation: Operation): boolean {
    const known = this.reading.get(operation);
    if (known !== undefined) return known;
    const { kind, inputs } = operation;
    const reads =
      kind === hostDirectoryKind ||
      kind === hostFileKind ||
      inputs.some((input) => this.readsHost(input));
    this.reading.set(operation, reads);
    return reads;
  }

  private async pin(operation: Operation): Promise<Operation> {
    const { cache, solver } = this.context();
    if (operation.kind === hostDirectoryKind) {
      return keptTree({ digest: saveTree(cache, (await solver.solve(operation)) as Tree) });
    }
    if (operation.kind === hostFileKind) {
      const { kind, blob, size, mode, uid, gid } = (await solver.solve(operation)) as FileNode;
      return keptFile({ kind, blob, size, mode, uid, gid });
    }
    const inputs = await Promise.all(operation.inputs.map((input) => this.operation(input)));
    return { ...operation, inputs };
  }
}
