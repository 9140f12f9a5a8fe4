import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxPath } from "../images/stand-ins/alpine.ts";
import type { Runner } from "../runner/runner.ts";
import type { Snapshot } from "../runner/snapshot.ts";
import type { Step } from "../runner/step.ts";
import type { Json } from "../tree/digest.ts";

/** What is to go wrong with a step. */
export type StepFault = {
  /** steps and services whose command line holds this text, or matches */
  readonly step: string | RegExp;
  /** how many runs it meets; default: all */
  readonly times?: number;
} & (
  | {
      /** it ends with an exit code (default 1), having written this */
      readonly does: "fail";
      readonly exitCode?: number;
      readonly stdout?: string;
      readonly stderr?: string;
    }
  /** it is killed, as by a kernel that is short of memory */
  | { readonly does: "die" }
  /** it goes on until somebody ends it */
  | { readonly does: "hang" }
  /** it does what it should, but later */
  | { readonly does: "wait"; readonly seconds: number }
);

/** Where the shell that stands in for a step's command lies in its container. */
const shell = "/run/galley/busybox";

/**
 * Faults that a test planted in a session. They are part of the identity of what they meet: no answer
 * that is owed to a fault is ever found by a session without it.
 */
export class StepFaults {
  private readonly met = new Map<StepFault, number>();
  private busybox: Promise<Snapshot> | undefined;

  constructor(private readonly faults: readonly StepFault[]) {}

  /** What stands in keys for all faults of the session. */
  get identity(): Json {
    return this.faults.map(identityOf);
  }

  /** What stands in the key of a command that a fault meets. */
  identityFor(argv: readonly string[]): { readonly fault?: Json } {
    const fault = this.find(argv);
    return fault ? { fault: identityOf(fault) } : {};
  }

  /** The step as it is to run: with a fault in the place of its command, if one meets it. */
  async plant(step: Step, runner: Runner): Promise<Step> {
    const fault = this.find(step.argv);
    const met = fault ? (this.met.get(fault) ?? 0) : 0;
    if (!fault || met >= (fault.times ?? Number.POSITIVE_INFINITY)) return step;
    this.met.set(fault, met + 1);
    this.busybox ??= runner
      .makeLayer((folder) => copyFileSync(busyboxPath, join(folder, "busybox")))
      .then((layer) => ({ layers: [layer] }));
    const source = await this.busybox;
    return {
      ...step,
      mounts: [...step.mounts, { kind: "file", path: shell, source, name: "busybox" }],
      argv: [shell, "sh", "-c", ...scriptOf(fault, step.argv)],
    };
  }

  private find(argv: readonly string[]): StepFault | undefined {
    const line = argv.join(" ");
    return this.faults.find(({ step }) =>
      typeof step === "string" ? line.includes(step) : line.search(step) >= 0,
    );
  }
}

function identityOf({ step, ...fault }: StepFault): Json {
  return { step: String(step), ...fault };
}

/** A script of busybox's shell, its name and its arguments. */
function scriptOf(fault: StepFault, argv: readonly string[]): string[] {
  switch (fault.does) {
    case "fail": {
      const { exitCode = 1, stdout = "", stderr = "" } = fault;
      const script = 'printf %s "$1"; printf %s "$2" >&2; exit "$3"';
      return [script, "planted", stdout, stderr, String(exitCode)];
    }
    case "die":
      return ["kill -9 $$"];
    case "hang":
      return ["while :; do sleep 3600; done"];
    case "wait":
      return [
        `sleep "$1"; shift; exec ${shell} env "$@"`,
        "planted",
        String(fault.seconds),
        ...argv,
      ];
  }
}
