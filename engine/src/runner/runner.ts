import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import {
  type CacheFolder,
  freshLayer,
  type LayerId,
  publishLayer,
  sweep,
} from "../cache-folder.ts";
import { type HostPort, hostPorts } from "./host-ports.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { SharedMountPoints } from "./mount-points.ts";
import { Network } from "./network.ts";
import { mostLayers } from "./overlay.ts";
import { runStep } from "./run-step.ts";
import { ServiceNames } from "./service-names.ts";
import { endedInTime, type Listening } from "./services.ts";
import type { Snapshot } from "./snapshot.ts";
import { squash } from "./squash.ts";
import { PipesOfSteps } from "./standard-streams.ts";
import type { Step, StepResult } from "./step.ts";
import { Turns } from "./turns.ts";
import { Views } from "./views.ts";

/** Runs steps and shows snapshots for one session; all is set up when it is first needed. */
export interface Runner {
  /** Waits until one more step may run: as many as there are processors do at once. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  run(
    step: Step,
    onOutput?: (stream: "stdout" | "stderr", text: string) => void,
  ): Promise<StepResult>;
  /** Runs a step that is to go on until it is stopped. */
  serve(step: Step, onOutput?: (stream: "stdout" | "stderr", text: string) => void): Listening;
  /** Ports of this machine, at an address that steps can reach. */
  servePorts(host: string, ports: readonly HostPort[]): Listening;
  /** A read-only view of the snapshot at a path of this machine, for as long as `use` runs. */
  withView<T>(snapshot: Snapshot, use: (path: string) => Promise<T>): Promise<T>;
  /** A layer made by writing into a fresh folder. */
  makeLayer(write: (folder: string) => Promise<void> | void): Promise<LayerId>;
  /** Ends what runs and takes down network and mounts. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  readonly cache: CacheFolder;
  readonly signal: AbortSignal;
  /** names by which all steps reach services; default: those that are bound to them only */
  readonly names?: ServiceNames;
  /** how many steps run at once; default: the number of processors */
  readonly steps?: number;
}

export function openRunner({ cache, signal, names: given, steps }: RunnerOptions): Runner {
  const names = given ?? new ServiceNames();
  const turns = new Turns(steps ?? availableParallelism());
  const views = new Views(cache);
  const network = new Network();
  const pipes = new PipesOfSteps();
  const mountPoints = new SharedMountPoints(cache);
  let swept = false;
  const running = new Set<Promise<StepResult>>();
  /** Who closes the session waits until what ran in it has ended. */
  const noted = (step: Promise<StepResult>) => {
    running.add(step);
    const forget = () => running.delete(step);
    step.then(forget, forget);
    return step;
  };
  const removals = new Set<Promise<void>>();
  const discard = (folder: string) => {
    // What cannot be removed goes with the session's own folder.
    const removal = rm(folder, { recursive: true, force: true }).catch(() => undefined);
    removals.add(removal);
    void removal.then(() => removals.delete(removal));
  };
  const around = { cache, views, network, pipes, mountPoints, names, discard };
  return {
    turn: (work) => turns.take(signal, work),
    async run(step, onOutput) {
      prepare();
      const fitting = { ...step, rootfs: await fit(step.rootfs) };
      return noted(runStep(fitting, { ...around, signal }, onOutput));
    },
    serve(step, onOutput) {
      prepare();
      const [kill, terminate] = [new AbortController(), new AbortController()];
      const ends = AbortSignal.any([signal, kill.signal]);
      let tell: (address: { address: string }) => void;
      const at = new Promise<{ address: string }>((resolve) => {
        tell = resolve;
      });
      const ended = Promise.resolve(fit(step.rootfs)).then((rootfs) =>
        runStep({ ...step, rootfs }, { ...around, signal: ends }, onOutput, {
          onBegun: (address) => tell({ address }),
          terminate: terminate.signal,
        }),
      );
      noted(ended).catch(() => undefined);
      return {
        at,
        ended,
        async stop(atOnce) {
          terminate.abort();
          if (!atOnce && (await endedInTime(ended))) return;
          kill.abort(new Error("the service was stopped"));
          await ended.catch(() => undefined);
        },
      };
    },
    servePorts(host, ports) {
      prepare();
      return hostPorts(host, ports, network, signal);
    },
    withView: (snapshot, use) => views.with(snapshot, use),
    async makeLayer(write) {
      const folder = freshLayer(cache);
      await write(folder);
      return publishLayer(cache, folder);
    },
    async close() {
      if (signal.aborted) await endedInTime(Promise.allSettled(running));
      views.close();
      await network.close();
      pipes.close();
      await Promise.all(removals);
    },
  };

  /** Containers need root; the first one clears away what killed sessions left. */
  function prepare(): void {
    if (process.getuid?.() !== 0) {
      throw new Error(
        "steps run in containers and need root: run galley with sudo (see galley doctor)",
      );
    }
    if (!swept) {
      swept = true;
      sweep(cache);
      // Nothing of theirs is in the way of what runs now.
      void sweepLeftovers();
    }
  }

  /** Too many layers for one mount become one. */
  function fit(snapshot: Snapshot): Promise<Snapshot> | Snapshot {
    return snapshot.layers.length <= mostLayers ? snapshot : squash(cache, views, snapshot);
  }
}
