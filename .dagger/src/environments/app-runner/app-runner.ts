import type { Directory } from "@dagger.io/dagger";
import type { AppRunnerHost } from "../../config/hosts.ts";
import type { Config } from "../../config.ts";
import type { Manifest } from "../../release/manifest.ts";
import { type AwsAccess, asksAws, dagsPath } from "../aws/aws.ts";
import { type Environment, EnvironmentError } from "../environment.ts";
import { type Parts, partsOf, serviceOf } from "../parts.ts";
import { readyBy, scriptedEnvironment } from "../script.ts";

export interface AppRunnerAccess extends AwsAccess {
  /** the repository: MWAA takes DAGs, and no image */
  readonly source?: Directory;
}

/** One App Runner service, and Airflow by MWAA. */
export function appRunnerEnvironment(
  config: Config,
  about: AppRunnerHost,
  access: AppRunnerAccess,
): Environment {
  const { name, service, airflow, address = null, ...place } = about;
  const pipelines = airflow && pipelinesOf(config);
  const ask = asksAws(
    { ...place, address, project: service, service: serviceOf(config), mwaa: airflow ?? null },
    { ...access, dags: pipelines && access.source?.directory(pipelines.dags) },
  );
  const prepared = (release: Manifest) => {
    const parts = partsOf(config, release);
    if (parts.service.migrate && !about.migrations) throw noMigrations(name);
    return { ...parts, service: inEcr(parts, about), dags: bundleOf(release, pipelines) };
  };
  return {
    ...scriptedEnvironment(ask, prepared),
    ...readyBy(ask, prepared),
    allAtOnce:
      "App Runner gives a release all traffic at once or none: for shares of it use an environment of kind ecs or docker, or say `rollout: {steps: [{weight: 100, soak: 10m, requests: 500}]}`. App Runner takes no new customers, and gets no traffic splitting",
  };
}

/** The service's image where App Runner can pull it: by the same digest. */
function inEcr({ service }: Parts, { name, registry }: AppRunnerHost) {
  if (registry) {
    const [repository = "", digest] = service.image.split("@");
    return { ...service, image: `${registry}/${repository.split("/").at(-1)}@${digest}` };
  }
  if (/^\d{12}\.dkr[.-]ecr\./.test(service.image)) return service;
  throw new EnvironmentError(
    `${service.image}: App Runner pulls from ECR only: publish releases there, or replicate the images, and say in kitchen.yaml \`environments.${name}.deploy.registry\``,
  );
}

function noMigrations(name: string): EnvironmentError {
  return new EnvironmentError(
    `kitchen.yaml: the service has a command for migrations, and App Runner runs none: let it migrate when it starts, and say \`environments.${name}.deploy.migrations: at-start\``,
  );
}

/** The component whose DAGs MWAA gets, and their folder. */
function pipelinesOf({ components }: Config) {
  const found = components.find(({ deploy }) => deploy?.as === "airflow");
  if (found) return { name: found.name, dags: `${found.path}/dags` };
  throw new EnvironmentError(
    "kitchen.yaml: no component says `deploy: {as: airflow}`: whose DAGs does MWAA get?",
  );
}

/** The release's DAGs by their digest; null: it goes without MWAA. */
function bundleOf({ dags, commit }: Manifest, from: ReturnType<typeof pipelinesOf> | undefined) {
  if (!from) return null;
  const found = dags.find(({ name }) => name === from.name);
  if (found) return { digest: found.digest, path: from.dags, here: dagsPath, commit };
  throw new EnvironmentError(`the release has no DAGs of ${from.name}, and MWAA is to get them`);
}
