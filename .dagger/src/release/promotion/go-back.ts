import type { RolloutSettings } from "../../config/rollout.ts";
import { nearest } from "../../did-you-mean.ts";
import { type Current, otherSlot } from "../../environments/environment.ts";
import { memoryOf, stageOn } from "../rollout/on-environment.ts";
import { beginRollout, isOver } from "../rollout/rollout.ts";
import { begin, bringBack, run } from "../rollout/run.ts";
import { readHistory } from "./history.ts";
import { type Place, servingOf } from "./preflight.ts";
import { holderOf, type Source, suppliesFrom } from "./promote.ts";
import { type Promotion, promotionOf } from "./promotion.ts";
import { finish, writeDown } from "./write-down.ts";

/** Nobody can go back like that; the message says why, and how. */
export class WayBackError extends Error {}

/** Ends a rollout, whoever moves it: traffic and DAGs are as before it began. */
export async function abort(place: Place, actor: string, why: string): Promise<Promotion> {
  const { environment, name } = place;
  const memory = memoryOf(environment);
  const kept = await memory.read();
  if (!kept || isOver(kept.rollout))
    throw new WayBackError(`${name}: there is no rollout to abort`);
  await bringBack(stageOn(environment, kept.rollout, none), memory, memory, holderOf(actor), why);
  const { kept: now } = await finish(place);
  return promotionOf({ environment: name, words: cannotBeUndone, kept: now });
}

/** Back to the release before, or to any that was here: in the middle of a rollout, or after it. */
export async function rollback(
  place: Place,
  actor: string,
  why: string,
  to?: string,
  source?: Source,
): Promise<void> {
  const { environment, name } = place;
  if (!environment.memory) {
    const target = to ?? beforeOf(await environment.current());
    if (target === undefined) throw new WayBackError(`${name}: there is nothing to go back to`);
    await environment.rollback(target);
    return;
  }
  const memory = memoryOf(environment);
  const kept = await memory.read();
  if (kept && !isOver(kept.rollout)) {
    await abort(place, actor, why);
    if (to === undefined || to === kept.rollout.previous) return;
  }
  await writeDown(place, memory);
  const current = await environment.current();
  const serving = servingOf(current);
  if (serving === undefined) {
    throw new WayBackError(`${name}: nothing was deployed here: there is nothing to go back to`);
  }
  const target = to ?? beforeOf(current) ?? lastServed(memory.history(), serving);
  if (target === undefined) {
    throw new WayBackError(
      `${name}: ${serving} is the only release here: there is nothing to go back to`,
    );
  }
  const inSlot = Object.values(current.slots).some(({ release }) => release === target);
  if (!inSlot) checkServed(memory.history(), target, name);
  const leaving = Object.values(current.slots)
    .map(({ release }) => release)
    .find((release) => release !== null && release !== target);
  if (!inSlot && !source) {
    throw new WayBackError(
      `${name}: release ${target} is in no slot any more: give the registry that has it (--registry)`,
    );
  }
  const rollout = beginRollout({
    kind: inSlot ? "return" : "rollback",
    release: inSlot ? (leaving ?? serving) : target,
    previous: inSlot ? target : serving,
    ...{ started: memory.now(), actor, why: why || "asked for" },
    ...{ approvals: [], used: [], plan: null, settings: place.project.config.rollout ?? plain },
  });
  const holder = holderOf(actor);
  await begin(memory, memory, holder, rollout);
  const supplies = source ? suppliesFrom(source, target) : none;
  const { phase, failure } = await run(
    stageOn(environment, rollout, supplies),
    memory,
    memory,
    holder,
  );
  await finish(place);
  if (phase === "reverted" && !inSlot) {
    throw new WayBackError(`${name}: ${serving} serves as before: ${failure}`);
  }
}

/** Said at each way back, since it is easily forgotten. */
export const cannotBeUndone =
  "Traffic and DAGs are back. Migrations and what Terraform applied stay: they are not undone by going back.\n";

const none = {
  manifest: () => Promise.reject(new WayBackError("it is in no slot: give its registry")),
};

/** For an environment without settings: a way back looks at nothing but its probes. */
const plain: RolloutSettings = {
  steps: [50, 100].map((weight) => ({ weight, soak: 1, requests: 1 })),
  limits: { errorRate: 1, errorIncrease: 1, percentile: 95, latency: 1, latencyIncrease: 1 },
  ...{ confidence: 95, patience: 1, watch: 1, errors: 3 },
};

/**
 * The release that an environment goes back to: in the middle of a rollout the one that had all
 * traffic last, after one the other. Undefined: there is none in a slot.
 */
export function beforeOf({ slots, stable, before, airflow }: Current): string | undefined {
  if (!stable) return undefined;
  const other = otherSlot(stable);
  const { release } = slots[other];
  // DAGs of the other slot, which never served: a release that is on its way.
  const arriving = before !== other && release !== null && airflow?.release === release;
  const settled = slots[stable].weight === 100 && !arriving;
  return (settled ? before && slots[before].release : slots[stable].release) ?? undefined;
}

/** The last release in the history that is not the one that serves. */
function lastServed(lines: readonly string[], serving: string): string | undefined {
  const served = readHistory(lines).map(({ serves }) => serves);
  return served.filter((each) => each !== null && each !== serving).at(-1) ?? undefined;
}

/** Only what was approved for it once comes back without an approval. */
function checkServed(lines: readonly string[], target: string, name: string): void {
  const served = [...new Set(readHistory(lines).flatMap(({ serves }) => serves ?? []))];
  if (served.includes(target)) return;
  const near = nearest(target, served);
  const hint = near ? `did you mean ${near}?` : `there were ${served.join(", ") || "none"}`;
  throw new WayBackError(`${name} never served release ${target}: ${hint}`);
}
