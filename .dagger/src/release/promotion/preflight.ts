import type { Directory, File, Secret } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import type { RolloutSettings } from "../../config/rollout.ts";
import type { Current, Environment } from "../../environments/environment.ts";
import { slots } from "../../environments/environment.ts";
import type { RegistryAccess } from "../../images/registry-address.ts";
import { ownWords } from "../../images/why.ts";
import { openPlan } from "../../infra/apply.ts";
import type { Access } from "../../infra/environment.ts";
import { planDigest } from "../../infra/plan-digest.ts";
import { counts } from "../../infra/plan-text.ts";
import { askedOf } from "../approval/asked.ts";
import { span } from "../approval/moment.ts";
import type { Verdict } from "../approval/verify.ts";
import { verifyFolder } from "../approval/verify-folder.ts";
import { terraformFolders } from "../make-release.ts";
import { digestOf, type Manifest, readManifest } from "../manifest.ts";
import { missingImages } from "../published-image.ts";
import { readKept, remembering } from "../rollout/on-environment.ts";
import { isOver } from "../rollout/rollout.ts";
import { underWay } from "../rollout/run.ts";
import { fetchRelease } from "../store.ts";
import { type HistoryEntry, readHistory } from "./history.ts";
import { readTag, wrongWithTag } from "./tag.ts";

/** What is to be promoted, as whoever calls gives it. */
export interface Order {
  /** digest of the release */
  readonly release: string;
  readonly registry: string;
  readonly approvals: Directory;
  readonly plan?: File | undefined;
  readonly planKey?: Secret | undefined;
  readonly git: Directory;
  readonly tag?: string | undefined;
  readonly actor: string;
  /** people who let it through elsewhere: evidence, no approval */
  readonly reviewers: readonly string[];
  readonly access: RegistryAccess;
  readonly terraform: Access;
}

/** An environment, and the project that it is of. */
export interface Place {
  readonly project: Project;
  readonly name: string;
  readonly environment: Environment;
  /** for the server that has its metrics */
  readonly metricsToken?: Secret | undefined;
}

/** Everything is verified, and nothing was touched. */
export interface Ready {
  readonly manifest: Manifest;
  readonly settings: RolloutSettings;
  /** undefined: the environment has no Terraform */
  readonly plan: { readonly digest: string; readonly text: string } | undefined;
  readonly approvals: Pick<Verdict, "accepted" | "used">;
  /** the release that has all traffic now; undefined: the environment is empty */
  readonly serving: string | undefined;
  /** of the rollout that was remembered last */
  readonly revision: number | undefined;
}

/** The plan of an environment without Terraform, in its approvals: the digest of nothing. */
export const noPlan = digestOf("");

/** It may not be promoted; each line says why not. */
export class PreflightError extends Error {}

/** Clocks may differ by so much. */
const tolerance = 5 * 60 * 1000; // milliseconds

/**
 * Verifies everything that a promotion needs, and touches nothing.
 *
 * @throws PreflightError with everything that is wrong
 */
export async function preflight(place: Place, order: Order): Promise<Ready> {
  const { project, name, environment } = place;
  const problems: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(ownWords(error));
      return undefined;
    }
  };
  const [text, seen, plan] = await Promise.all([
    attempt(() => fetchRelease(order.release, order.registry, order.access)),
    attempt(() => look(environment)),
    attempt(() => planOf(place, order)),
  ]);
  const manifest = text === undefined ? undefined : readManifest(text);
  const { rollout: settings } = project.config;
  if (!settings) problems.push(`kitchen.yaml: there is no \`rollout:\`: ${needed}`);
  else problems.push(...wrongWithSteps(environment, settings));
  if (seen) problems.push(...wrongWithPlace(seen, order.release));
  const digest = plan === null ? noPlan : (plan?.digest ?? (await saidDigest(order.plan)));
  let approvals: Verdict | undefined;
  if (manifest) {
    const misfit = environment.misfit?.(manifest);
    if (misfit) problems.push(misfit);
    const [verdict, missing, folders, tag, unready] = await Promise.all([
      digest === undefined ? undefined : attempt(() => approve(digest)),
      attempt(() => missingImages([...manifest.images, ...(manifest.support ?? [])], order.access)),
      attempt(() => changedFolders(project, manifest)),
      attempt(() => wrongTag(order, manifest)),
      misfit ? undefined : attempt(async () => environment.ready?.(manifest) ?? []),
    ]);
    approvals = verdict;
    problems.push(...(missing ?? []), ...(folders ?? []), ...(tag ?? []), ...(unready ?? []));
  }
  if (problems.length > 0 || !manifest || !settings || !approvals) {
    const head = `release ${order.release} is not promoted to ${name}, and nothing was touched:`;
    throw new PreflightError([head, ...new Set(problems)].join("\n  "));
  }
  return {
    ...{ manifest, settings, approvals, plan: plan || undefined },
    serving: seen?.serving,
    revision: seen?.kept?.rollout.revision,
  };

  async function approve(digest: string): Promise<Verdict> {
    const { release, registry, access } = order;
    const question = { release, environment: name, plan: digest, registry };
    const used = (seen?.history ?? []).flatMap((entry) => entry.used);
    const running = seen?.kept?.rollout.used ?? [];
    const asked = await askedOf(project, question, access, new Date(), [...used, ...running]);
    return verifyFolder(project, asked, order.approvals);
  }
}

const needed =
  "give `limits` at least, such as {errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.5, latencyIncrease: 30}";

/** What is there now. */
async function look(environment: Environment) {
  const [recalled, current] = await Promise.all([
    remembering(environment).recall(),
    environment.current(),
  ]);
  return {
    at: new Date(recalled.at),
    kept: readKept(recalled.rollout),
    history: readHistory(recalled.history) satisfies HistoryEntry[],
    current,
    serving: servingOf(current),
  };
}

/** The release that had all traffic last. */
export function servingOf({ stable, slots: found }: Current): string | undefined {
  return (stable && found[stable].release) || undefined;
}

export function wrongWithPlace(
  { at, kept, current, serving }: Awaited<ReturnType<typeof look>>,
  release: string,
): string[] {
  const problems: string[] = [];
  const apart = Math.abs(at.getTime() - Date.now());
  if (apart > tolerance) {
    problems.push(
      `the clock here and the one of ${current.environment} are ${span(apart)} apart: with a wrong one nobody can say what has expired`,
    );
  }
  if (kept && !isOver(kept.rollout)) problems.push(underWay(kept));
  else if (serving && slots.filter((slot) => current.slots[slot].weight > 0).length > 1) {
    problems.push(
      "both slots have traffic, and no rollout gave it to them: set the weights, or roll back",
    );
  }
  if (serving === release) problems.push("it has all traffic there already");
  return problems;
}

/** What of the rollout's steps this kind of environment cannot do. */
export function wrongWithSteps(
  { allAtOnce }: Pick<Environment, "allAtOnce">,
  { steps }: Pick<RolloutSettings, "steps">,
): string[] {
  const weights = steps.map(({ weight }) => weight);
  if (allAtOnce === undefined) {
    if (weights[0] !== 100) return [];
    return ["kitchen.yaml: rollout.steps begin with 100 %: there is nothing to compare with then"];
  }
  if (weights.every((weight) => weight === 100)) return [];
  return [`kitchen.yaml: rollout.steps have weights ${weights.join(", ")} %: ${allAtOnce}`];
}

/** The plan that was given; null: the environment has no Terraform, and none was. */
async function planOf({ project, name }: Place, { plan, planKey, terraform }: Order) {
  const has = project.config.environments.some((each) => each.name === name);
  if (!has && !plan) return null;
  if (!has) throw new Error(`environment ${name} has no Terraform in kitchen.yaml: give no plan`);
  if (!plan) throw new Error(`environment ${name} has Terraform: give the plan that was approved`);
  if (!planKey) throw new Error("the plan is sealed: give its key (--plan-key)");
  const { story } = await openPlan(project, name, terraform, { plan, key: planKey });
  return { digest: story.digest, text: counts(story.changes) };
}

/** Of a plan that cannot be applied: what was approved for it is looked at all the same. */
async function saidDigest(plan: File | undefined): Promise<string | undefined> {
  return plan && planDigest(plan).catch(() => undefined);
}

async function changedFolders(project: Project, manifest: Manifest): Promise<string[]> {
  const here = await terraformFolders(project);
  return manifest.terraform.flatMap(({ path, digest }) => {
    if (here.find((each) => each.path === path)?.digest === digest) return [];
    return [
      `Terraform in ${path} is not the release's here: check out its commit ${manifest.commit}`,
    ];
  });
}

async function wrongTag({ git, tag }: Order, { commit }: Manifest): Promise<string[]> {
  if (tag === undefined) return [];
  const wrong = wrongWithTag(tag, await readTag(git, tag), commit);
  return wrong === undefined ? [] : [wrong];
}
