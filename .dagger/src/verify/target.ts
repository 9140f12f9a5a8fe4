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

/** The one of both that was given. */
export async function targetOf(
  url: string | undefined,
  service: Service | undefined,
): Promise<Target> {
  if (url !== undefined && service !== undefined) {
    throw new TargetError("target and service are both given: give one of them");
  }
  if (service !== undefined) return targetService(service);
  if (url !== undefined) return targetAt(url);
  throw new TargetError("no target: give an address (target) or a service");
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
async function targetService(service: Service): Promise<Target> {
  const [port] = await service.ports();
  if (!port) throw new TargetError("service: it exposes no port");
  const number = await port.port();
  return {
    name: `service:${number}`,
    url: `http://target:${number}`,
    bind: (container) => container.withServiceBinding("target", service),
  };
}
