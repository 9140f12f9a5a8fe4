import { randomBytes, randomUUID } from "node:crypto";
import { dag, type Secret } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import { type Access, environmentOf } from "./environment.ts";
import { problemsOf } from "./problems.ts";
import { unseal } from "./sealed.ts";
import { type Step, terraformStep } from "./terraform-step.ts";

/** Releases a lock that nobody holds any more. */
export async function unlockState(
  project: Project,
  name: string,
  access: Access,
  lockId: string,
): Promise<string> {
  await onState(project, name, access, { command: "unlock", lockId });
  return `the lock ${lockId} on the state of ${name} is released\n`;
}

/** An environment's state, which holds secrets. */
export async function readState(project: Project, name: string, access: Access): Promise<Secret> {
  const key = dag.setSecret(`state ${randomUUID()}`, randomBytes(32).toString("base64"));
  const { result } = await onState(project, name, access, { command: "state", key });
  const text = await unseal(result.file("state"), key);
  return dag.setSecret(`terraform state ${name} ${randomUUID()}`, text);
}

async function onState(project: Project, name: string, access: Access, step: Step) {
  const environment = environmentOf(project, name);
  const done = await terraformStep(project, environment, access, step);
  const { lockTimeout } = environment;
  const problems = problemsOf(done.answer, { environment: name, vars: [], lockTimeout });
  if (problems.length > 0) throw new Error(`${name}: ${problems.join("\n")}`);
  return done;
}
