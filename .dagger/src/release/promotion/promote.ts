import { randomUUID } from "node:crypto";
import { failedProbes } from "../../environments/environment.ts";
import type { RegistryAccess } from "../../images/registry-address.ts";
import { applyPlan } from "../../infra/apply.ts";
import { messageOf } from "../../message-of.ts";
import { readManifest } from "../manifest.ts";
import { memoryOf, remembering, type Supplies, stageOn } from "../rollout/on-environment.ts";
import { beginRollout, isOver, type Rollout } from "../rollout/rollout.ts";
import { begin, run } from "../rollout/run.ts";
import { fetchRelease } from "../store.ts";
import { lastDigest, lineOf } from "./history.ts";
import { type Order, type Place, preflight, type Ready, servingOf } from "./preflight.ts";
import { type Promotion, promotionOf } from "./promotion.ts";
import { stepsText } from "./promotion-text.ts";
import { finish, writeDown } from "./write-down.ts";

/**
 * Brings a release to an environment: everything is verified before anything is touched; then the
 * approved plan is applied, the release deployed without traffic and probed, its weight raised step by
 * step, and watched. Nothing is built.
 *
 * @throws PreflightError with everything that is wrong; Error when it went back, and why
 */
export async function promote(place: Place, order: Order, dryRun: boolean): Promise<Promotion> {
  const ready = await preflight(place, order);
  if (dryRun) {
    const words = stepsText(place.name, order.release, ready);
    return promotionOf({ environment: place.name, words, kept: null });
  }
  const { serving } = ready;
  if (serving === undefined) return promoteFirst(place, order, ready);
  const { environment } = place;
  const memory = memoryOf(environment);
  await writeDown(place, memory); // what died before it was written down
  const rollout = beginRollout({
    ...{ kind: "promotion", release: order.release, previous: serving, started: memory.now() },
    ...{ actor: order.actor, why: whyOf(order), settings: ready.settings },
    approvals: ready.approvals.accepted,
    used: ready.approvals.used,
    plan: ready.plan?.digest ?? null,
  });
  const holder = holderOf(order.actor);
  await begin(memory, memory, holder, rollout, ready.revision);
  const stage = stageOn(environment, rollout, {
    manifest: async () => ready.manifest,
    applyPlan: planApplier(place, order, ready),
    metricsToken: place.metricsToken,
  });
  return ended(place, await run(stage, memory, memory, holder));
}

/**
 * Goes on with a rollout from where it is: after the process that moved it has died.
 *
 * @param takeOver though that process may still be at work: it touches nothing more then
 * @throws Error when there is none, somebody else moves it, or it went back
 */
export async function resume(
  place: Place,
  source: Source,
  actor: string,
  takeOver: boolean,
): Promise<Promotion> {
  const { environment, name } = place;
  const memory = memoryOf(environment);
  const kept = await memory.read();
  if (!kept || isOver(kept.rollout)) {
    await writeDown(place, memory);
    throw new Error(`${name}: there is no rollout to go on with`);
  }
  const { release } = kept.rollout;
  const supplies = { ...suppliesFrom(source, release), metricsToken: place.metricsToken };
  const stage = stageOn(environment, kept.rollout, supplies);
  return ended(place, await run(stage, memory, memory, holderOf(actor), takeOver));
}

/** Where releases are. */
export interface Source {
  readonly registry: string;
  readonly access: RegistryAccess;
}

export function suppliesFrom({ registry, access }: Source, release: string): Supplies {
  return { manifest: async () => readManifest(await fetchRelease(release, registry, access)) };
}

/** Nobody else has this name: of two processes of one person one is refused, too. */
export function holderOf(actor: string): string {
  return `${actor} (${randomUUID().slice(0, 8)})`;
}

/** Remembers how it ended; what went back is an error. */
async function ended(place: Place, rollout: Rollout): Promise<Promotion> {
  const { kept } = await finish(place);
  const document = { environment: place.name, words: "", kept };
  if (rollout.phase === "done" || rollout.kind === "return") return promotionOf(document);
  throw new Error(
    `${promotionOf(document).summary()}The release went back. The timeline: rollout-status report html`,
  );
}

function whyOf({ tag, reviewers }: Pick<Order, "tag" | "reviewers">): string {
  return [
    ...(tag === undefined ? [] : [`tag ${tag}`]),
    ...(reviewers.length > 0 ? [`let through by ${reviewers.join(", ")}`] : []),
  ].join(", ");
}

function planApplier(place: Place, order: Order, { plan }: Ready) {
  if (!plan) return undefined;
  return async () => {
    const saved = { plan: order.plan, key: order.planKey, digest: plan.digest };
    const applied = await applyPlan(place.project, place.name, order.terraform, saved);
    return `the plan is applied: ${applied.summary().trim().split("\n").at(-1)}`;
  };
}

/**
 * There is nothing to compare with, and nobody to be hurt: it gets all traffic at once. That it failed
 * is written down, too: its approvals are used.
 */
export async function promoteFirst(place: Place, order: Order, ready: Ready): Promise<Promotion> {
  const { environment, name } = place;
  const started = new Date().toISOString();
  const words: string[] = [];
  try {
    const applied = await planApplier(place, order, ready)?.();
    if (applied !== undefined) words.push(applied);
    await environment.deploy(ready.manifest);
    const failed = failedProbes(await environment.smoke());
    if (failed.length > 0) {
      const head = `${name}: ${order.release} is deployed, and does not answer as it should:`;
      throw new Error([head, ...failed].join("\n  "));
    }
  } catch (error) {
    const failure = messageOf(error);
    await writeFirst(place, order, ready, started, failure).catch((other) => {
      throw new Error(`${failure}\nIt is not in the history: ${messageOf(other)}`);
    });
    throw error;
  }
  await writeFirst(place, order, ready, started, null);
  words.push(`${order.release} is the first release in ${name}, and has all traffic`);
  return promotionOf({ environment: name, words: `${words.join("\n")}\n`, kept: null });
}

async function writeFirst(
  { environment, name }: Place,
  { release, actor, ...order }: Order,
  { plan, approvals }: Ready,
  started: string,
  failure: string | null,
): Promise<void> {
  const memory = remembering(environment);
  const [{ history }, current] = await Promise.all([memory.recall(), environment.current()]);
  const before = lastDigest(history);
  const line = lineOf({
    ...{ format: "kitchen/history/v1", before, environment: name, kind: "first", release },
    ...{ previous: null, serves: servingOf(current) ?? null },
    ...{ outcome: failure === null ? "done" : "failed", failure },
    ...{ started, ended: new Date().toISOString(), actor, why: whyOf(order) },
    ...{ approvals: [...approvals.accepted], used: [...approvals.used] },
    plan: plan?.digest ?? null,
  });
  await memory.append(line, before ?? undefined);
}
