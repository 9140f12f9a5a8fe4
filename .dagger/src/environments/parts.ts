import type { AirflowDeployment, Deployment, ServiceDeployment } from "../config/deployment.ts";
import type { Config } from "../config.ts";
import { canonicalJson, digestOf, type Manifest } from "../release/manifest.ts";
import { EnvironmentError } from "./environment.ts";

/** What of a release is the service and what is Airflow, as kitchen.yaml says; `image` by digest. */
export interface Parts {
  readonly release: { readonly id: string; readonly commit: string };
  readonly service: ServiceDeployment & { readonly image: string };
  readonly airflow: (AirflowDeployment & { readonly image: string }) | null;
}

/** @throws EnvironmentError when kitchen.yaml and the release do not fit one another */
export function partsOf(config: Config, release: Manifest): Parts {
  const service = partOf<ServiceDeployment>(config, release, "service");
  if (!service) throw noService();
  return {
    release: { id: digestOf(canonicalJson(release)), commit: release.commit },
    service,
    airflow: partOf<AirflowDeployment>(config, release, "airflow"),
  };
}

/** @throws EnvironmentError when kitchen.yaml says of no component that it is the service */
export function serviceOf(config: Config): ServiceDeployment {
  const service = componentOf(config, "service")?.deploy;
  if (service?.as !== "service") throw noService();
  return service;
}

function partOf<D extends Deployment>(config: Config, release: Manifest, as: D["as"]) {
  const component = componentOf(config, as);
  if (!component) return null;
  const image = release.images.find(({ name }) => name === component.name);
  if (image) return { ...(component.deploy as D), image: image.reference };
  const there = release.images.map(({ name }) => name).join(", ") || "none";
  throw new EnvironmentError(`the release has no image of ${component.name}: it has ${there}`);
}

function componentOf(config: Config, as: Deployment["as"]) {
  const found = config.components.filter(({ deploy }) => deploy?.as === as);
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(" and ");
    throw new EnvironmentError(`kitchen.yaml: ${names} both deploy as ${as}: one can`);
  }
  return found[0];
}

function noService(): EnvironmentError {
  return new EnvironmentError(
    "kitchen.yaml: no component says `deploy: {as: service}`: which one gets the traffic?",
  );
}
