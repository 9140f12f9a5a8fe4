import type { Snapshot } from "./snapshot.ts";

/** One command in a container, fully resolved: no defaults are left to decide. */
export interface Step {
  readonly rootfs: Snapshot;
  readonly mounts: readonly StepMount[];
  readonly argv: readonly string[];
  /** `NAME=value`, secrets' values included */
  readonly env: readonly string[];
  readonly workdir: string;
  /** as given to withUser: name, id, name:group, id:id; empty is root */
  readonly user: string;
  readonly stdin: string;
  readonly redirectStdin?: string;
  readonly redirectStdout?: string;
  readonly redirectStderr?: string;
  /** without it, the command is a child of an init that reaps orphans */
  readonly noInit: boolean;
  readonly insecureRootCapabilities: boolean;
  readonly hostname?: string;
  /** host name to address, beside localhost */
  readonly hosts: ReadonlyMap<string, string>;
  /** plaintexts that are replaced by *** in all output, also in redirected files */
  readonly scrub: readonly Buffer[];
}

/** What is mounted into a step; paths are absolute and clean. */
export type StepMount = { readonly path: string } & (
  | { readonly kind: "directory"; readonly source: Snapshot; readonly readOnly: boolean }
  | { readonly kind: "file"; readonly source: Snapshot; readonly name: string }
  | {
      readonly kind: "cache";
      readonly volume: string;
      readonly sharing: "SHARED" | "PRIVATE" | "LOCKED";
      /** what an empty volume starts as */
      readonly source?: Snapshot;
      readonly owner?: string;
    }
  | { readonly kind: "temp"; readonly size?: number }
  | {
      readonly kind: "secret";
      readonly plaintext: Buffer;
      readonly mode: number;
      readonly owner?: string;
    }
  | { readonly kind: "socket"; readonly target: string; readonly owner?: string }
);

/** Is a file mounted, rather than a folder? */
export function isFileMount({ kind }: StepMount): boolean {
  return kind === "file" || kind === "secret" || kind === "socket";
}

/** How a step ended. Being refused before it started is an error that `run` throws. */
export type StepOutcome =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: number }
  | { readonly kind: "not-started"; readonly reason: string };

/** What a step left behind, whether it succeeded or not. */
export interface StepResult {
  readonly outcome: StepOutcome;
  /** as Dagger counts it: 128 + signal, 1 when the command could not be started */
  readonly exitCode: number;
  readonly rootfs: Snapshot;
  /** the directory and file mounts after the step, in the order of `Step.mounts`; others undefined */
  readonly mounts: readonly (Snapshot | undefined)[];
  readonly stdout: string;
  readonly stderr: string;
  /** both, in the order in which they were written */
  readonly combined: string;
  /** an encoded form of a secret is in them: the result is not to be kept on disk */
  readonly holdsSecret: boolean;
}
