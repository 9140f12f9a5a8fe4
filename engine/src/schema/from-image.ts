import { image, imageSnapshot } from "../graph/operations/snapshot.ts";
import type { ImageConfig } from "../images/image.ts";
import { parseReference } from "../images/reference.ts";
import type { RegistryLogin } from "../images/registry-login.ts";
import { ApiError } from "../tree/api-error.ts";
import { withNamed, withPort } from "./container-values.ts";
import type { SecretTable, Session } from "./define.ts";
import type { Container, Port, Service } from "./values.ts";

/** What is built on a stand-in says so wherever it goes, by the label that it has from there. */
const standInLabel = "kitchen.stand-in";

/** The container with an image's files and configuration. */
export async function fromImage(
  container: Container,
  address: string,
  session: Session,
  registry?: Service,
): Promise<Container> {
  const { solver } = session.context;
  const { registry: name } = parseReference(address);
  const login = registryLogin(container, name);
  const asked = {
    ...{ reference: address, platform: container.platform, ...(login ? { login } : {}) },
    ...(registry ? { registry: await registryOf(name, registry, session) } : {}),
  };
  const inputs = registry ? [registry.operation] : [];
  const { config, reference, digest, standIn } = await solver.solve(image(asked, inputs));
  // Pinned: whoever loads this container later gets the very image that it was made from.
  const pinned = image({ ...asked, digest }, inputs);
  const labels = standIn
    ? { Labels: { ...config.Labels, [standInLabel]: reference.replace(/@.*$/u, "") } }
    : {};
  return {
    ...withImageConfig(container, { ...config, ...labels }),
    rootfs: imageSnapshot(null, [pinned]),
    imageRef: reference,
    ...(standIn ? { standIns: [...(container.standIns ?? []), reference] } : {}),
  };
}

/** A registry that is a service: at the port of its name, else at the first one that it exposes. */
export async function registryOf(name: string, { ports, operation }: Service, session: Session) {
  const port = Number(/:(\d+)$/u.exec(name)?.[1] ?? ports[0]?.port);
  if (port) return { port, identity: await session.context.solver.key(operation) };
  throw new ApiError(`registry service of ${name}: it exposes no port, and the address names none`);
}

function registryLogin({ registryAuth = [] }: Container, registry: string) {
  const found = registryAuth.find((each) => each.registry === registry);
  return found && { username: found.username, secret: found.secret };
}

/** The login that the container has for a registry, its password read. */
export async function loginFor(
  container: Container,
  registry: string,
  secrets: Pick<SecretTable, "plaintext">,
): Promise<{ login?: RegistryLogin }> {
  const found = registryLogin(container, registry);
  if (!found) return {};
  const { username, secret } = found;
  return { login: { username, password: await secrets.plaintext(secret) } };
}

/** Variables, labels and ports add to those that were there; the rest takes their place. */
export function withImageConfig(container: Container, config: ImageConfig): Container {
  const variables = (config.Env ?? []).map((text) => {
    const at = text.indexOf("=");
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const labels = Object.entries(config.Labels ?? {}).map(([name, value]) => ({ name, value }));
  const ports = Object.keys(config.ExposedPorts ?? {}).map((text): Port => {
    const [port, protocol = "tcp"] = text.split("/");
    return {
      port: Number(port),
      protocol: protocol === "udp" ? "UDP" : "TCP",
      experimentalSkipHealthcheck: false,
    };
  });
  const { Healthcheck, StopSignal, Volumes, Shell, OnBuild } = config;
  const image = {
    ...(Healthcheck ? { Healthcheck } : {}),
    ...(StopSignal ? { StopSignal } : {}),
    ...(Volumes ? { Volumes: Object.keys(Volumes) } : {}),
    ...(Shell ? { Shell } : {}),
    ...(OnBuild ? { OnBuild } : {}),
  };
  return {
    ...container,
    env: variables.reduce<Container["env"]>(withNamed, container.env),
    user: config.User ?? "",
    workdir: config.WorkingDir ?? "",
    entrypoint: config.Entrypoint ?? [],
    defaultArgs: config.Cmd ?? [],
    labels: labels.reduce<Container["labels"]>(withNamed, container.labels),
    ports: ports.reduce<Container["ports"]>(withPort, container.ports),
    ...(Object.keys(image).length > 0 ? { image } : {}),
  };
}
