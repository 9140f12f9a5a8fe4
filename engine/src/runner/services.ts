import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../tree/digest.ts";
import type { ServiceNames } from "./service-names.ts";
import type { StepResult } from "./step.ts";
import type { TunnelPort } from "./tunnel.ts";

/** A service that runs, as its dependents see it. */
export interface RunningService extends Reached {
  readonly hostname: string;
  /** what it ended with, once it has; never settles for what only ends by being stopped */
  readonly ended: Promise<StepResult | undefined>;
}

/** Where a service is found; of a tunnel, the ports of this machine that lead to it. */
export interface Reached {
  readonly address: string;
  readonly forwards?: readonly TunnelPort[];
}

/** Something that listens on an address of its own until it is stopped. */
export interface Listening {
  readonly at: Promise<Reached>;
  /** when it ended by itself; never settles for what only ends by `stop` */
  readonly ended: Promise<StepResult | undefined>;
  /** asks it to end, or ends it at once */
  stop(kill: boolean): Promise<void>;
}

interface Known {
  readonly listening: Listening;
  readonly running: Promise<RunningService>;
  /** takes its name away */
  unname(): void;
}

/** How long a service may take to end when it is asked to. */
const grace = 10_000; // milliseconds

/** Ports that have to answer before a service counts as started. */
export interface ServiceChecks {
  readonly hostname: string;
  readonly ports: readonly number[];
  /** what it ends with when it ends before that */
  failed(result: StepResult | undefined): Error;
}

/** The services of a session, each started once, by the key of its definition. */
export class Services {
  private readonly known = new Map<Digest, Known>();

  constructor(
    private readonly signal: AbortSignal,
    private readonly names: ServiceNames,
  ) {}

  /** Where a service that runs is found by its own host name. */
  addressOf(hostname: string): string | undefined {
    return this.names.addressOf(hostname);
  }

  /** The service of this key; started, and waited for, unless it runs. */
  ensure(key: Digest, start: () => Listening, checks: ServiceChecks): Promise<RunningService> {
    const known = this.known.get(key);
    if (known) return known.running;
    const listening = start();
    const unname = this.name(listening, checks);
    const running = this.wait(listening, checks);
    this.known.set(key, { listening, running, unname });
    const forget = () => {
      unname();
      if (this.known.get(key)?.listening === listening) this.known.delete(key);
    };
    running.catch(forget);
    // What ends by itself is started anew by whoever needs it next.
    listening.ended.then(forget, forget);
    return running;
  }

  /** The service of this key, if it runs. */
  async running(key: Digest): Promise<RunningService | undefined> {
    return this.known.get(key)?.running;
  }

  async stop(key: Digest, kill: boolean): Promise<void> {
    const known = this.known.get(key);
    this.known.delete(key);
    known?.unname();
    await known?.listening.stop(kill);
  }

  /** Gives a service its name as soon as it has an address; its own ports may not answer yet. */
  private name({ at }: Listening, { hostname }: ServiceChecks): () => void {
    let address: string | undefined;
    let isOver = false;
    at.then((reached) => {
      // A tunnel is at this machine's own address, which is another one for a step.
      if (isOver || reached.forwards) return;
      address = reached.address;
      this.names.add(hostname, address);
    }).catch(() => undefined);
    return () => {
      isOver = true;
      if (address !== undefined) this.names.remove(hostname, address);
    };
  }

  private async wait(
    listening: Listening,
    { hostname, ports, failed }: ServiceChecks,
  ): Promise<RunningService> {
    const early = listening.ended.then((result) => {
      throw failed(result);
    });
    early.catch(() => undefined);
    const reached = await Promise.race([listening.at, early]);
    const { address } = reached;
    const waiting = new AbortController();
    try {
      const signal = AbortSignal.any([this.signal, waiting.signal]);
      const all = Promise.all(ports.map((port) => answering(address, port, signal)));
      await Promise.race([all, early]);
    } finally {
      waiting.abort();
    }
    // Without a port to ask, one that cannot be started at all is still found out.
    if (ports.length === 0) await Promise.race([sleep(startTime), early]);
    return { ...reached, hostname, ended: listening.ended };
  }
}

/** How long a service without ports is watched before its dependents start. */
const startTime = 100; // milliseconds

async function answering(address: string, port: number, signal: AbortSignal): Promise<void> {
  for (let pause = 10; !(await accepts(address, port)); pause = Math.min(pause * 1.5, 250)) {
    await sleep(pause, undefined, { signal });
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => done(true));
    socket.on("error", () => done(false));
    socket.on("timeout", () => done(false));
  });
}

/** Waits until something ended, but not for ever; says whether it did. */
export async function endedInTime(ended: Promise<unknown>): Promise<boolean> {
  const limit = new AbortController();
  try {
    return await Promise.race([
      ended.then(
        () => true,
        () => true,
      ),
      sleep(grace, false, { signal: limit.signal }),
    ]);
  } finally {
    limit.abort();
  }
}
