import type { Secret } from "@dagger.io/dagger";
import { readBaseline } from "../checks/run-checks.ts";
import type { Project } from "../checks/tool.ts";
import type { Environment } from "../config/environments.ts";
import type { Finding } from "../report/finding.ts";
import type { Answer } from "./answer.ts";
import { changesOf } from "./changes.ts";
import { type Access, environmentOf } from "./environment.ts";
import type { PlanStory } from "./plan-text.ts";
import { policyFindings } from "./policy.ts";
import { type Asked, problemsOf } from "./problems.ts";
import { type Done, type Step, terraformStep } from "./terraform-step.ts";

/** A plan, or why there is none. */
export interface Planned extends Done {
  readonly environment: Environment;
  readonly asked: Asked;
  /** seconds that it took */
  readonly duration: number;
  /** why there is none; empty when there is one */
  readonly problems: readonly string[];
  readonly story: PlanStory;
  /** what kitchen.yaml does not allow, those that the baseline accepts among them */
  readonly policy: readonly Finding[];
  /** fingerprints that the baseline accepts */
  readonly accepted: readonly string[];
}

/** Plans an environment; with a key the plan is kept, sealed with it. */
export function makePlan(
  project: Project,
  name: string,
  access: Access,
  key: Secret | undefined,
): Promise<Planned> {
  return planned(project, name, access, { command: "plan", key, exact: key !== undefined });
}

/** Plans an environment, or opens a plan that was kept, and looks at what it would do. */
export async function planned(
  project: Project,
  name: string,
  access: Access,
  step: Step,
): Promise<Planned> {
  const since = Date.now();
  const environment = environmentOf(project, name);
  const [done, accepted] = await Promise.all([
    terraformStep(project, environment, access, step),
    readBaseline(project),
  ]);
  const { answer } = done;
  const { vars } = access;
  const asked = { environment: name, vars, lockTimeout: environment.lockTimeout };
  const policy = policyFindings(answer, environment);
  const refused = policy.filter(({ fingerprint }) => !accepted.includes(fingerprint));
  return {
    ...done,
    environment,
    asked,
    duration: (Date.now() - since) / 1000,
    problems: problemsOf(answer, asked),
    story: storyOf(answer, environment, refused),
    policy,
    accepted,
  };
}

function storyOf(answer: Answer, environment: Environment, refused: readonly Finding[]): PlanStory {
  const outputs = Object.entries(answer.plan?.output_changes ?? {});
  const isChange = (actions: readonly string[]) => actions.some((each) => each !== "no-op");
  return {
    environment: environment.name,
    digest: answer.digest,
    serial: answer.state.serial,
    terraform: answer.terraform,
    changes: changesOf(answer, environment.protected),
    outputs: outputs.filter(([, { actions }]) => isChange(actions)).map(([name]) => name),
    drifted: (answer.plan?.resource_drift ?? [])
      .filter(({ change }) => isChange(change.actions))
      .map(({ address }) => address),
    refused: refused.map(({ message }) => message),
    notes: [...answer.notes, ...warnings(answer)],
  };
}

function warnings({ diagnostics }: Answer): string[] {
  return diagnostics
    .filter(({ severity }) => severity === "warning")
    .map(({ summary, detail, path, line }) => {
      const place = path === undefined ? "" : `${path}:${line}: `;
      return `${place}${summary}: ${detail.replace(/\s+/g, " ").trim()}`;
    });
}
