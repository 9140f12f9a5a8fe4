import { randomUUID } from "node:crypto";
import {
  type Container,
  type Directory,
  dag,
  type File,
  ReturnType,
  type Secret,
} from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import type { Environment } from "../config/environments.ts";
import { isExecError } from "../toolbox/exec-error.ts";
import { images } from "../toolbox/images.ts";
import { moduleDirectory } from "../toolbox/module-file.ts";
import { pythonTool, toolVenv } from "../toolbox/python.ts";
import { type Answer, answerSchema } from "./answer.ts";
import { type Access, namedSecrets } from "./environment.ts";

export interface Step {
  readonly command: "plan" | "open" | "apply" | "unlock" | "state";
  /** what seals and opens plans, outputs and state */
  readonly key?: Secret | undefined;
  /** does the digest stand for this saved plan to the byte, or for what it would do? */
  readonly exact?: boolean;
  /** a saved plan */
  readonly bundle?: File;
  /** what the plan's digest has to be */
  readonly digest?: string | undefined;
  readonly lockId?: string;
}

export interface Done {
  readonly answer: Answer;
  /** what the step sealed: plan, outputs, state */
  readonly result: Directory;
}

/**
 * Runs a step with Terraform on an environment. It always runs: it reads the world.
 *
 * @throws Error when the step itself broke; what Terraform refused is in the answer
 */
export async function terraformStep(
  project: Project,
  environment: Environment,
  access: Access,
  step: Step,
): Promise<Done> {
  const secrets = await namedSecrets(access.secrets);
  const request = {
    environment: environment.name,
    root: environment.path,
    vars: access.vars,
    varFiles: environment.varFiles,
    secrets: [...secrets.keys()],
    stateName: environment.state ?? null,
    lockTimeout: environment.lockTimeout,
    limit: project.config.timeouts.terraform,
    actor: actorName(access.actor),
    exact: step.exact ?? false,
    digest: step.digest ?? null,
    lockId: step.lockId ?? null,
  };
  let container = (await base(project, environment, access))
    .withNewFile("/kitchen/request.json", JSON.stringify(request))
    .withEnvVariable("KITCHEN_RUN", randomUUID());
  for (const [name, secret] of secrets) container = container.withSecretVariable(name, secret);
  if (step.key) container = container.withMountedSecret("/run/secrets/key", step.key);
  if (step.bundle) container = container.withMountedFile("/bundle", step.bundle);
  const done = container.withExec(
    [`${toolVenv}/bin/python`, "/kitchen/terraform/step.py", step.command],
    { expect: ReturnType.Any },
  );
  if (!(await done.exists("/result/answer.json"))) {
    const last = (await done.stderr()).trim().split("\n").slice(-15).join("\n");
    throw new Error(
      `${environment.name}: the step broke (exit code ${await done.exitCode()}):\n${last}`,
    );
  }
  const result = done.directory("/result");
  const answer = await result.file("answer.json").contents();
  return { answer: answerSchema.parse(JSON.parse(answer)), result };
}

async function base(
  project: Project,
  environment: Environment,
  { mirror, backend }: Access,
): Promise<Container> {
  const source = terraformSource(project, environment);
  const modules = await modulesOf(source, environment);
  let container = (await pythonTool("terraform"))
    .withFile(
      "/usr/local/bin/terraform",
      dag.container().from(images.terraform).file("/bin/terraform"),
    )
    .withDirectory("/kitchen/terraform", moduleDirectory("scripts/terraform"))
    .withMountedDirectory("/src", source)
    .withMountedTemp("/work")
    .withMountedCache("/plugins", dag.cacheVolume("kitchen-terraform-plugins"))
    .withMountedCache("/state", dag.cacheVolume(`kitchen-terraform-state ${stateOf(environment)}`));
  if (modules) container = container.withMountedDirectory("/modules", modules);
  if (mirror) container = container.withMountedDirectory("/mirror", mirror);
  if (backend) container = container.withServiceBinding("backend", backend);
  return container;
}

/** The folder of Terraform that holds the root module, since modules refer to their neighbours. */
function terraformSource({ source, config }: Project, { path, varFiles }: Environment): Directory {
  const inside = (folder: string) =>
    folder === "." || path === folder || path.startsWith(`${folder}/`);
  const folder = config.terraform.find(inside) ?? path;
  const include = folder === "." ? ["**"] : [`${folder}/**`, ...varFiles];
  return source.filter({ include, exclude: ["**/.terraform", "**/*.tfstate", "**/*.tfstate.*"] });
}

/** Modules from elsewhere, fetched once for each state of the *.tf files. */
async function modulesOf(source: Directory, { path }: Environment): Promise<Directory | undefined> {
  const get = dag
    .container()
    .from(images.terraform)
    .withEnvVariable("CHECKPOINT_DISABLE", "1")
    .withDirectory("/src", source.filter({ include: ["**/*.tf", "**/*.tf.json"] }))
    .withWorkdir(`/src/${path}`)
    .withExec(["sh", "-c", "terraform get -no-color && mkdir -p .terraform/modules"]);
  try {
    return await get.directory(".terraform/modules").sync();
  } catch (error) {
    if (!isExecError(error)) throw error;
    // What is wrong with the configuration the plan says better; not so what could not be fetched.
    if (!/Failed to download|Could not download/i.test(error.stderr)) return undefined;
    throw new Error(`a module cannot be fetched: ${error.stderr.replace(/[│╷╵\s]+/g, " ").trim()}`);
  }
}

/** What steps that share a state share on this machine. */
function stateOf({ state, name }: Environment): string {
  return state ?? `unnamed ${name}`;
}

/** A name that /etc/passwd can hold. */
function actorName(actor = "kitchen"): string {
  return actor.replace(/[^\w.@+-]+/g, "-").slice(0, 64) || "kitchen";
}
