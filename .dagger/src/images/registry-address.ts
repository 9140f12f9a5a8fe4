import { type Container, dag, type Secret, type Service } from "@dagger.io/dagger";
import { images } from "../toolbox/images.ts";
import { moduleFile } from "../toolbox/module-file.ts";

/** A registry, and how to get at it. */
export interface RegistryAccess {
  readonly username?: string;
  readonly password?: Secret;
  /** the registry itself, when it is one of this machine or of a test */
  readonly service?: Service;
}

/** Access as public functions are given it. */
export function registryAccess(
  username: string | undefined,
  password: Secret | undefined,
  service: Service | undefined,
): RegistryAccess {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(service === undefined ? {} : { service }),
  };
}

/** A registry cannot be used as it was given; the message says how to give it. */
export class DestinationError extends Error {}

/** A step that is ready to run one of the scripts that begin with registry.sh. */
export function registryScript(
  name: string,
  { host, path }: RepositoryAddress,
  access: RegistryAccess,
): Container {
  const container = dag
    .container()
    .from(images.regctl)
    .withFile("/kitchen/registry.sh", moduleFile("scripts/registry.sh"))
    .withFile(`/kitchen/${name}`, moduleFile(`scripts/${name}`))
    .withEnvVariable("REPOSITORY", path.join("/"));
  return withRegistry(container, host, access);
}

export interface RepositoryAddress {
  readonly host: string;
  readonly path: readonly string[];
}

/**
 * Host and folders of `registry.example.com/team`.
 *
 * @throws DestinationError when it is no such address
 */
export function splitRegistry(registry: string): RepositoryAddress {
  const [host = "", ...path] = registry.replace(/\/+$/, "").split("/");
  if (/^[a-z]+:\/\//i.test(registry)) {
    throw new DestinationError(`registry ${registry}: give it without a scheme, as HOST/PATH`);
  }
  if (!/^[A-Za-z0-9.-]+(?::\d+)?$/.test(host) || !/[.:]|^localhost$/.test(host)) {
    throw new DestinationError(`registry ${registry}: ${host || "nothing"} is no host name`);
  }
  const wrong = path.find((part) => !/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(part));
  if (wrong !== undefined) {
    throw new DestinationError(
      `registry ${registry}: ${JSON.stringify(wrong)} is no part of a repository's name: lower-case letters, digits and . _ - between them`,
    );
  }
  return { host, path };
}

/** A step that talks to a registry: login, plain HTTP on loopback only, the service bound. */
export function withRegistry(
  container: Container,
  host: string,
  { username = "", password, service }: RegistryAccess,
): Container {
  if ((username === "") !== (password === undefined)) {
    throw new DestinationError("username and password: give both or none");
  }
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+)(?::\d+)?$/.test(host);
  if (loopback && !service) {
    throw new DestinationError(
      `registry ${host}: a port of this machine is given to containers as a service: --registry-service tcp://${host.includes(":") ? host : `${host}:5000`}`,
    );
  }
  // A container's own localhost is another one: the service gets a name of its own.
  const alias = loopback ? `registry${host.replace(/^[^:]*/, "")}` : host;
  let ready = container
    .withMountedTemp("/kitchen-tmp")
    .withEnvVariable("HOST", alias)
    .withEnvVariable("NAME", host)
    .withEnvVariable("PLAIN_HTTP", String(loopback))
    .withEnvVariable("USERNAME", username)
    // What a registry holds is no function of what was sent to it before: asked anew each time.
    .withEnvVariable("KITCHEN_RUN", crypto.randomUUID());
  if (service) ready = ready.withServiceBinding(alias.replace(/:\d+$/, ""), service);
  if (password) ready = ready.withMountedSecret("/run/secrets/password", password);
  return ready;
}
