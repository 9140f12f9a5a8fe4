import type { Container, Service } from "@dagger.io/dagger";

/** Something that answers HTTP, as a container that is bound to it finds it. */
export interface Target {
  /** as shown to people */
  readonly name: string;
  readonly url: string;
  bind(container: Container): Container;
}

/** No such target; the message says what is wrong with it. */
export class TargetError extends Error {}

/** The one of both that was given, if any, by this name for containers. */
export async function targetOf(
  alias: string,
  url: string | undefined,
  service: Service | undefined,
): Promise<Target | undefined> {
  if (url !== undefined && service !== undefined) {
    throw new TargetError(`${url} and a service are both given: give one of them`);
  }
  if (service !== undefined) return targetService(alias, service);
  return url === undefined ? undefined : targetAt(url);
}

/** A target by its address, which containers reach as they reach everything else. */
function targetAt(url: string): Target {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TargetError(`target: an address such as https://staging.example.com, not ${url}`);
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new TargetError(`target: http or https is needed, not ${url}`);
  }
  return { name: parsed.host, url: url.replace(/\/+$/, ""), bind: (container) => container };
}

/** A service as a target, by an alias of its own. */
export async function targetService(alias: string, service: Service): Promise<Target> {
  const [port] = await service.ports();
  if (!port)
    throw new TargetError(`${alias}: the service exposes no port (EXPOSE in its Dockerfile)`);
  const number = await port.port();
  return {
    name: `${alias}:${number}`,
    url: `http://${alias}:${number}`,
    bind: (container) => container.withServiceBinding(alias, service),
  };
}
