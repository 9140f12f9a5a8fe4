import * as z from "zod";
import { Overtaken } from "../../environments/environment.ts";
import { messageOf } from "../../message-of.ts";
import type { Cohort } from "./cohort.ts";
import { isOver, type Rollout, rolloutSchema, wantedWeight } from "./rollout.ts";
import { type Action, abort, after, nextAction, type Outcome } from "./transitions.ts";

/**
 * What a rollout moves. Each of these can be asked for twice, and the second time changes nothing;
 * apart from a plan, which is applied once or refused. Whatever changes something is told the
 * revision of the rollout that wants it, and refuses when that is not the present one.
 */
export interface Stage {
  /** Applies the approved plan; answers what was done, in words. */
  apply(): Promise<string>;
  /** Puts the new release into the slot without traffic. */
  deploy(revision: number): Promise<void>;
  /** Asks it directly; answers what is wrong, line by line. */
  probe(): Promise<readonly string[]>;
  /** Gives the new release a share of the traffic, in percent. */
  shift(weight: number, revision: number): Promise<void>;
  /** What both versions do in the next seconds. */
  observe(seconds: number): Promise<Observed>;
  /** All traffic, and the DAGs, back to the previous release. */
  revert(revision: number): Promise<void>;
}

export interface Observed {
  readonly seconds: number;
  /** why the environment has taken the new version back by itself */
  readonly wentBack?: string | undefined;
  /** null: it could not be measured */
  readonly now: Cohort | null;
  readonly old: Cohort | null;
  /** what is not known of them, in words */
  readonly lacks?: string;
  /** percent of the traffic that the new version really has */
  readonly weight: number;
  /** what the new version says that it is */
  readonly served: string | null;
}

/** Where the environment remembers its rollout. */
export interface Memory {
  read(): Promise<Kept | undefined>;
  /** @throws Overtaken when what is there is no more of `expected` */
  write(kept: Kept, expected: number | undefined): Promise<void>;
}

export const keptSchema = z.strictObject({
  rollout: rolloutSchema,
  /** who moves the rollout; empty once it is over */
  lease: z.strictObject({
    holder: z.string(),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
  }),
});

export type Kept = z.infer<typeof keptSchema>;
type Lease = Kept["lease"];

export interface Clock {
  now(): Date;
}

/** Seconds that an action may take until whoever does it is taken for dead; an observation's own time
 * comes on top, and CloudWatch's numbers come minutes after that. */
const patience: Readonly<Record<Action["kind"], number>> = {
  ...{ apply: 3600, deploy: 1800, revert: 1800 },
  ...{ probe: 300, shift: 120, observe: 300 },
};
const revertTries = 3;

/**
 * Moves a rollout to its end, from wherever it is. What is wanted is written down before it is done,
 * so that another process finds out what this one may have done.
 *
 * @param takeOver from whoever holds it, though that time is not over
 * @throws Overtaken when somebody else has taken it over; nothing is touched after that
 */
export async function run(
  stage: Stage,
  memory: Memory,
  clock: Clock,
  holder: string,
  takeOver = false,
): Promise<Rollout> {
  let kept = await take(memory, clock, holder, takeOver);
  let tries = 0;
  for (;;) {
    const { rollout } = kept;
    const action = nextAction(rollout);
    if (!action) return rollout;
    const outcome = await perform(stage, action, rollout);
    kept = await keep(memory, clock, kept, after(rollout, outcome, clock.now()));
    if (action.kind === "revert" && outcome.kind === "failed" && ++tries >= revertTries) {
      throw new Error(`it could not be brought back, try rollback: ${outcome.problem}`);
    }
  }
}

/** Brings a rollout back, whoever moves it now: going back never waits for somebody's lease. */
export async function bringBack(
  stage: Stage,
  memory: Memory,
  clock: Clock,
  holder: string,
  why: string,
): Promise<Rollout> {
  const kept = await memory.read();
  if (!kept) throw new Error("there is no rollout");
  if (!isOver(kept.rollout)) {
    const mine = { ...kept, lease: leaseOf(clock, holder) };
    await keep(memory, clock, mine, abort(kept.rollout, why, clock.now()));
  }
  return run(stage, memory, clock, holder);
}

/**
 * Begins a rollout, when there is none that is not over.
 *
 * @param since revision of the one before, when everything was verified
 * @throws Overtaken when there is one, or was one since then
 */
export async function begin(
  memory: Memory,
  clock: Clock,
  holder: string,
  rollout: Rollout,
  since?: number,
): Promise<void> {
  const kept = await memory.read();
  if (kept && !isOver(kept.rollout)) throw new Overtaken(underWay(kept));
  if (since !== undefined && kept?.rollout.revision !== since) {
    throw new Overtaken(
      "somebody else changed what serves since everything was verified: try again",
    );
  }
  const next = kept ? { ...rollout, revision: kept.rollout.revision + 1 } : rollout;
  const lease = leaseOf(clock, holder, next);
  await memory.write({ rollout: next, lease }, kept?.rollout.revision);
}

/** Who is at it, and since when. */
export function underWay({ rollout: { kind, release, phase }, lease }: Kept): string {
  const { holder, since } = lease;
  return `the ${kind} of ${release} is ${phase}, moved by ${holder} since ${since}: resume or abort it first`;
}

async function take(
  memory: Memory,
  clock: Clock,
  holder: string,
  takeOver: boolean,
): Promise<Kept> {
  const kept = await memory.read();
  if (!kept) throw new Error("there is no rollout");
  const { rollout, lease } = kept;
  if (isOver(rollout)) return kept;
  if (!takeOver && lease.holder !== holder && new Date(lease.until) > clock.now()) {
    throw new Overtaken(
      `${lease.holder} moves the rollout of ${rollout.release} since ${lease.since}, and may need until ${lease.until}: when that process is no more, take it over`,
    );
  }
  const mine = lease.holder === holder ? lease : leaseOf(clock, holder);
  const next = { ...rollout, revision: rollout.revision + 1 };
  return keep(memory, clock, { ...kept, lease: mine }, next);
}

async function keep(memory: Memory, clock: Clock, before: Kept, rollout: Rollout): Promise<Kept> {
  const { holder, since } = before.lease;
  const kept = { rollout, lease: { ...leaseOf(clock, holder, rollout), since } };
  await memory.write(kept, before.rollout.revision);
  return kept;
}

function leaseOf(clock: Clock, holder: string, rollout?: Rollout): Lease {
  const now = clock.now();
  const action = rollout && nextAction(rollout);
  const seconds = action ? patience[action.kind] : 0;
  const own = action?.kind === "observe" ? action.seconds : 0;
  const until = new Date(now.getTime() + (seconds + own) * 1000).toISOString();
  return { holder, since: now.toISOString(), until };
}

async function perform(stage: Stage, action: Action, rollout: Rollout): Promise<Outcome> {
  try {
    switch (action.kind) {
      case "apply":
        return { kind: "done", words: await stage.apply() };
      case "deploy":
        await stage.deploy(rollout.revision);
        return { kind: "done" };
      case "probe": {
        const problems = await stage.probe();
        if (problems.length === 0) return { kind: "done" };
        return { kind: "failed", problem: problems.join("; ") };
      }
      case "shift":
        await stage.shift(action.weight, rollout.revision);
        return { kind: "done" };
      case "revert":
        await stage.revert(rollout.revision);
        return { kind: "done" };
      case "observe":
        return await look(stage, action.seconds, rollout);
    }
  } catch (error) {
    if (error instanceof Overtaken) throw error;
    const problem = messageOf(error);
    return action.kind === "observe" ? { kind: "unknown", problem } : { kind: "failed", problem };
  }
}

async function look(stage: Stage, asked: number, rollout: Rollout): Promise<Outcome> {
  const seen = await stage.observe(asked);
  const { seconds, now, old, lacks = "", weight, served } = seen;
  if (seen.wentBack) return { kind: "failed", problem: seen.wentBack };
  const wanted = wantedWeight(rollout);
  if (served !== null && served !== rollout.release) {
    return { kind: "failed", problem: `it serves ${served}, not ${rollout.release}` };
  }
  if (weight !== wanted) {
    const problem = `somebody has set its weight to ${weight} %, and not this rollout, which wants ${wanted} %`;
    return { kind: "failed", problem };
  }
  if (!now || !old) return { kind: "unknown", problem: "the metrics cannot be read" };
  if (served === null) return { kind: "unknown", problem: "it does not say what it is" };
  return { kind: "observed", seconds, now, old, lacks };
}
