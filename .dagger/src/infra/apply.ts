import { randomBytes, randomUUID } from "node:crypto";
import { dag, type File, type Secret } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import type { Answer } from "./answer.ts";
import { Applied, type AppliedDocument } from "./applied.ts";
import type { Access } from "./environment.ts";
import { type Planned, planned } from "./make-plan.ts";
import { planText } from "./plan-text.ts";
import { problemsOf } from "./problems.ts";
import { terraformStep } from "./terraform-step.ts";

/** What is to be applied. */
export interface Order {
  /** a saved plan; without one it is planned now */
  readonly plan?: File | undefined;
  /** what the saved plan is sealed with */
  readonly key?: Secret | undefined;
  /** what the digest of the plan has to be */
  readonly digest?: string | undefined;
}

/**
 * Applies a plan: a saved one after everything that can be wrong with it was looked at, or one that
 * is made now.
 *
 * @throws Error with why it was refused, or how far it came
 */
export async function applyPlan(
  project: Project,
  name: string,
  access: Access,
  order: Order,
): Promise<Applied> {
  // Between two steps a plan is sealed too, with a key that nobody knows.
  const key =
    order.key ?? dag.setSecret(`plan ${randomUUID()}`, randomBytes(32).toString("base64"));
  const ready = await openPlan(project, name, access, {
    ...order,
    key: order.plan ? order.key : key,
  });
  const text = planText(ready.story);
  const bundle = order.plan ?? ready.result.file("plan");
  const { answer, result } = await terraformStep(project, ready.environment, access, {
    ...{ command: "apply", key, bundle },
  });
  const problems = problemsOf(answer, ready.asked);
  if (problems.length > 0 || !answer.applied) throw new Error(broken(name, text, answer, problems));
  const document: AppliedDocument = {
    environment: name,
    actor: access.actor ?? "kitchen",
    plan: {
      digest: ready.answer.digest,
      configuration: ready.answer.configuration,
      terraform: ready.answer.terraform,
      state: ready.answer.state,
      saved: order.plan !== undefined,
    },
    text,
    applied: answer.applied,
    notes: [...ready.answer.notes, ...answer.notes],
  };
  return new Applied(JSON.stringify(document), result.file("outputs"), key);
}

/**
 * Opens a saved plan, or makes one, and looks at everything that can be wrong with it.
 *
 * @throws Error with why it was refused; nothing is changed
 */
export async function openPlan(
  project: Project,
  name: string,
  access: Access,
  order: Order,
): Promise<Planned> {
  const { plan, key, digest } = order;
  if (plan && !key) {
    throw new Error("the plan file is sealed: give the key that it was sealed with (--key)");
  }
  const ready = plan
    ? await planned(project, name, access, { command: "open", key, bundle: plan, digest })
    : await planned(project, name, access, { command: "plan", key });
  if (ready.problems.length > 0) throw new Error(refusal(name, ready.problems));
  checkAllowed(ready, planText(ready.story), order);
  return ready;
}

/** kitchen.yaml may forbid what a plan does, and whoever applies it may have meant another one. */
function checkAllowed({ story, environment }: Planned, text: string, order: Order): void {
  const { name } = environment;
  const guarded = story.changes.filter((change) => change.protected);
  if (guarded.length > 0) {
    const list = guarded.map(({ action, address }) => `${action} ${address}`).join(", ");
    throw new Error(
      `terraformApply ${name}: refused: the plan would ${list}, protected in kitchen.yaml (environments.${name}.protected): nothing was changed\n${text}`,
    );
  }
  if (story.refused.length > 0) {
    throw new Error(
      `terraformApply ${name}: refused by the policy in kitchen.yaml, nothing was changed:\n${story.refused.map((each) => `  ${each}`).join("\n")}\n${text}`,
    );
  }
  if (!order.plan && order.digest !== undefined && order.digest !== story.digest) {
    throw new Error(
      `terraformApply ${name}: refused: the digest of the plan is now ${story.digest}, not ${order.digest}, nothing was changed\n${text}`,
    );
  }
}

function refusal(name: string, problems: readonly string[]): string {
  return `terraformApply ${name}: nothing was changed: ${problems.join("\n")}`;
}

/** How far an apply came that did not come to its end. */
function broken(name: string, text: string, answer: Answer, problems: readonly string[]): string {
  const resources = answer.applied?.resources ?? [];
  if (resources.length === 0) return refusal(name, problems);
  const lines = resources.map(
    ({ outcome, action, address }) => `  ${outcome}: ${action} ${address}`,
  );
  return [
    `terraformApply ${name}: failed, and what was done stays: ${problems.join("\n")}`,
    ...lines,
    ...answer.notes.map((each) => `  note: ${each}`),
    "plan again to see what is left; what was planned:",
    text,
  ].join("\n");
}
