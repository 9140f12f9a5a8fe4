import type { Container, Secret, Service } from "@dagger.io/dagger";

/** A registry, and how to get at it. */
export interface RegistryAccess {
  readonly username?: string;
  readonly password?: Secret;
  /** the registry itself, when it is one of this machine or of a test */
  readonly service?: Service;
}

/** A registry cannot be used as it was given; the message says how to give it. */
export class DestinationError extends Error {}

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
