import type { Snapshot } from "../../runner/snapshot.ts";
import type { Operation } from "../operation.ts";
import type { Solver } from "../solver.ts";
import type { ExecArgs } from "./exec.ts";

/** For each layer of a file system, lowest first, what made it: `history` of an image. */
export async function layerHistory(
  rootfs: Operation<Snapshot>,
  solver: Solver,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (let operation: Operation | undefined = rootfs; operation; ) {
    const before: Operation | undefined = beforeOf(operation);
    const { layers } = (await solver.solve(operation)) as Snapshot;
    const below = before ? ((await solver.solve(before)) as Snapshot).layers.length : 0;
    for (let index = layers.length; index > below; index--) made.unshift(words(operation));
    operation = before;
  }
  return made;
}

/** The file system that an operation changed; none when it made one. */
function beforeOf(operation: Operation): Operation | undefined {
  switch (operation.kind) {
    case "exec rootfs":
      return operation.inputs[0]?.inputs[0];
    case "COPY":
    case "WORKDIR":
    case "copy":
    case "remove":
    case "symlink":
      return operation.inputs[0];
    default:
      return undefined;
  }
}

function words({ kind, args, inputs }: Operation): string {
  const named = args as Readonly<Record<string, string>> | null;
  const first = inputs[0] as Operation;
  switch (kind) {
    case "exec rootfs": {
      const { argv } = first.args as unknown as ExecArgs;
      return `RUN ${argv.join(" ")}`;
    }
    case "COPY": {
      const sources = inputs.slice(1).map(({ args: source }) => {
        return (source as { pattern: string }).pattern;
      });
      return `COPY ${sources.join(" ")} ${named?.destination}`;
    }
    case "image":
      return `FROM ${(first.args as { reference: string }).reference}`;
    case "WORKDIR":
    case "copy":
      return `${kind} ${named?.path}`;
    default:
      return kind;
  }
}
