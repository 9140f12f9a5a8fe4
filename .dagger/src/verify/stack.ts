import { type Container, dag, type Service } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import { dockerBuild, imageSources } from "../images/image-source.ts";
import { images } from "../toolbox/images.ts";
import { moduleFile } from "../toolbox/module-file.ts";
import { type Target, targetService } from "./target.ts";

/** The product, started anew for one run: a service of its own for each part. */
export interface Stack {
  readonly service: Target;
  /** undefined when kitchen.yaml names no component for it */
  readonly airflow: Target | undefined;
  /** the container with what the parts wrote: their logs, and the published models */
  withFiles(container: Container): Container;
}

/**
 * The service of a fresh stack, with a model that its pipeline has just made: by Airflow in one step,
 * without one that runs.
 */
export async function freshService(project: Project, runId: string): Promise<Target> {
  const { airflow, dag: pipeline } = project.config.integrationTest;
  const { service } = await freshStack(project, runId);
  if (airflow !== undefined && pipeline !== undefined) {
    await withModels(await image(project, airflow), runId)
      .withEnvVariable("KITCHEN_RUN_ID", runId)
      .withExec(["sh", "-c", 'airflow db migrate && airflow dags test "$1"', "sh", pipeline])
      .sync();
  }
  return service;
}

/** There is no stack to start; the message says what kitchen.yaml has to name. */
export class StackError extends Error {}

/** Where a stack's containers leave their logs, a folder for each. */
const logs = "/kitchen/logs";

/** Where the pipeline publishes models and the service reads them. */
const models = "/model";

/**
 * PostgreSQL, the service, and Airflow with the pipeline's DAGs, from the images that the source
 * builds. Nothing of it is shared with another run.
 */
export async function freshStack(project: Project, runId: string): Promise<Stack> {
  const { service: name, airflow: airflowName } = project.config.integrationTest;
  if (name === undefined) {
    throw new StackError(
      "no target given, and none to start: kitchen.yaml has to name the component that answers HTTP in stages.integrationTest.service",
    );
  }
  const names = ["postgres", "service", ...(airflowName === undefined ? [] : ["airflow"])];
  const withFiles = (container: Container) =>
    names.reduce(
      (all, each) => all.withMountedCache(`${logs}/${each}`, volume(runId, `log-${each}`)),
      container.withMountedCache(models, volume(runId, "models")),
    );
  await openToAll(withFiles, runId, names);
  const postgres = await part(
    runId,
    "postgres",
    dag
      .container()
      .from(images.postgres)
      .withEnvVariable("POSTGRES_USER", "kitchen")
      .withEnvVariable("POSTGRES_DB", "kitchen")
      // Reached by this stack only, and gone with it.
      .withEnvVariable("POSTGRES_HOST_AUTH_METHOD", "trust")
      .withExposedPort(5432),
  );
  const built = (await image(project, name)).withServiceBinding("postgres", postgres);
  const service = await deployed(project, name, runId, withModels(built, runId));
  const airflow =
    airflowName === undefined
      ? undefined
      : await part(
          runId,
          "airflow",
          withModels(airflowSettings(await image(project, airflowName)), runId),
        );
  return {
    service: await targetService("service", service),
    airflow: airflow && (await targetService("airflow", airflow)),
    withFiles,
  };
}

/** Each part has a user of its own; a volume's owner would make it another volume. */
async function openToAll(
  withFiles: (container: Container) => Container,
  runId: string,
  names: readonly string[],
): Promise<void> {
  await withFiles(dag.container().from(images.python))
    .withEnvVariable("KITCHEN_RUN_ID", runId)
    .withExec(["chmod", "1777", models, ...names.map((name) => `${logs}/${name}`)])
    .sync();
}

/** The image of a component, as the engine builds it. */
async function image(project: Project, name: string): Promise<Container> {
  const sources = await imageSources(project);
  const source = sources.find(({ component }) => component.name === name);
  if (source) return dockerBuild(source);
  const known = sources.map(({ component }) => component.name).join(", ") || "none";
  throw new StackError(
    `kitchen.yaml: stages.integrationTest: ${name} is no component with an image: there are ${known}`,
  );
}

/** The service as an environment runs it: its variables, its files, its migrations first. */
function deployed(
  { config }: Project,
  name: string,
  runId: string,
  container: Container,
): Promise<Service> {
  const { deploy } = config.components.find((each) => each.name === name) ?? {};
  const about = deploy?.as === "service" ? deploy : undefined;
  const env = { ...about?.env, ...config.integrationTest.env };
  const configured = Object.entries(env).reduce(
    (all, [variable, value]) => all.withEnvVariable(variable, value),
    container
      .withNewFile("/kitchen/database-url", databaseUrl)
      // It is no release, and whoever asks for its name is told none.
      .withNewFile("/kitchen/release-id", "")
      .withNewFile("/kitchen/image-digest", ""),
  );
  return part(runId, "service", configured, about?.migrate ?? undefined);
}

const databaseUrl = "postgresql+psycopg://kitchen@postgres/kitchen";

/**
 * One part as a service: as its image starts it, with what it writes kept beside.
 *
 * @param before a command that has to end well first
 */
async function part(
  runId: string,
  name: string,
  container: Container,
  before: readonly string[] = ["true"],
): Promise<Service> {
  const [entrypoint, args] = await Promise.all([container.entrypoint(), container.defaultArgs()]);
  const words = before.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return container
    .withEnvVariable("KITCHEN_RUN_ID", runId)
    .withMountedCache(logs, volume(runId, `log-${name}`))
    .withFile("/kitchen/keep-log.sh", moduleFile("scripts/keep-log.sh"))
    .asService({
      args: [
        ...["sh", "/kitchen/keep-log.sh", `${logs}/${name}.log`],
        ...["sh", "-c", `${words} && exec "$@"`, "sh", ...entrypoint, ...args],
      ],
    });
}

/** Airflow for tests: nothing is scheduled, everybody is let in, and little is started. */
function airflowSettings(container: Container): Container {
  return container
    .withEnvVariable("AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE", "False")
    .withEnvVariable("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    .withEnvVariable("AIRFLOW__CORE__PARALLELISM", "2")
    .withEnvVariable("AIRFLOW__API__WORKERS", "1");
}

function withModels(container: Container, runId: string): Container {
  return container.withMountedCache(models, volume(runId, "models"));
}

function volume(runId: string, name: string) {
  return dag.cacheVolume(`kitchen-stack-${runId}-${name}`);
}
