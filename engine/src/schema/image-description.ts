import { layerHistory } from "../graph/operations/history.ts";
import type { ImageConfig } from "../images/image.ts";
import type { ImageDescription } from "../images/write-layout.ts";
import type { Session } from "./define.ts";
import type { Container } from "./values.ts";

/** What the image of a container says of itself: no mount, secret or volatile variable is in it. */
function imageConfigOf(container: Container): ImageConfig {
  const { env, user, workdir, entrypoint, defaultArgs, labels, ports, image = {} } = container;
  const { Volumes, Healthcheck, StopSignal, Shell, OnBuild } = image;
  return {
    ...(user ? { User: user } : {}),
    ...(ports.length > 0
      ? {
          ExposedPorts: Object.fromEntries(
            ports.map(({ port, protocol }) => [`${port}/${protocol.toLowerCase()}`, {}]),
          ),
        }
      : {}),
    ...(env.length > 0 ? { Env: env.map(({ name, value }) => `${name}=${value}`) } : {}),
    ...(entrypoint.length > 0 ? { Entrypoint: [...entrypoint] } : {}),
    ...(defaultArgs.length > 0 ? { Cmd: [...defaultArgs] } : {}),
    ...(Volumes?.length ? { Volumes: Object.fromEntries(Volumes.map((path) => [path, {}])) } : {}),
    ...(workdir ? { WorkingDir: workdir } : {}),
    ...(labels.length > 0
      ? { Labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }
      : {}),
    ...(StopSignal ? { StopSignal } : {}),
    ...(Healthcheck ? { Healthcheck } : {}),
    ...(Shell ? { Shell: [...Shell] } : {}),
    ...(OnBuild ? { OnBuild: [...OnBuild] } : {}),
  };
}

export async function describeImage(
  container: Container,
  options: Pick<ImageDescription, "mediaTypes" | "compression">,
  { context }: Session,
): Promise<ImageDescription> {
  return {
    history: await layerHistory(container.rootfs, context.solver),
    config: imageConfigOf(container),
    platform: container.platform,
    annotations: Object.fromEntries(container.annotations.map(({ name, value }) => [name, value])),
    ...options,
  };
}
