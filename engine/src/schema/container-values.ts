import { posix } from "node:path";
import type { Operation } from "../graph/operation.ts";
import {
  copiedIn,
  emptySnapshot,
  linkedIn,
  mounted,
  removedFrom,
} from "../graph/operations/snapshot.ts";
import type { Snapshot } from "../runner/snapshot.ts";
import { ApiError } from "../tree/api-error.ts";
import { liesIn } from "../tree/paths.ts";
import type { Container, Mount, Port } from "./values.ts";

/** A container with nothing in it. */
export function emptyContainer(platform: string): Container {
  return {
    rootfs: emptySnapshot(null),
    platform,
    env: [],
    volatileEnv: [],
    secretEnv: [],
    mounts: [],
    workdir: "",
    user: "",
    entrypoint: [],
    defaultArgs: [],
    labels: [],
    annotations: [],
    ports: [],
  };
}

/** A path as the container sees it: absolute, from its working directory. */
export function absolute(container: Container, path: string): string {
  const slash = path.endsWith("/") && path !== "/" ? "/" : "";
  const clean = posix.resolve(container.workdir || "/", path);
  return clean === "/" ? "/" : `${clean}${slash}`;
}

/**
 * `${NAME}` and `$NAME` replaced by the container's variables; unknown ones are empty. What counts
 * as a name is as in Go's os.Expand: `$1`, `$$` and the like are names of one character.
 */
export function expandVariables(container: Container, text: string): string {
  const reference = /\$(?:\{([^}]*)\}|([*#$@!?0-9-])|([A-Za-z_]\w*)|\{)/gu;
  return text.replace(reference, (_match, braced, special, plain) => {
    const name = braced ?? special ?? plain;
    if (name === undefined) return "";
    for (const [kind, list] of [
      ["secret", container.secretEnv],
      ["volatile", container.volatileEnv],
    ] as const) {
      if (list.some((each) => each.name === name)) {
        throw new ApiError(
          `expand cannot be used with ${kind} env variable ${JSON.stringify(name)}`,
        );
      }
    }
    return container.env.findLast((each) => each.name === name)?.value ?? "";
  });
}

/** The list with a value set: in its place when the name is there, else at the end. */
export function withNamed<T extends { readonly name: string }>(list: readonly T[], item: T): T[] {
  const index = list.findIndex(({ name }) => name === item.name);
  return index < 0 ? [...list, item] : list.with(index, item);
}

export function withoutNamed<T extends { readonly name: string }>(
  list: readonly T[],
  gone: string,
): T[] {
  return list.filter(({ name }) => name !== gone);
}

/** The list with a port, in the place of the one of its number and protocol. */
export function withPort(list: readonly Port[], port: Port): Port[] {
  const others = list.filter((each) => each.port !== port.port || each.protocol !== port.protocol);
  return [...others, port];
}

/** The mount that a path lies in, the innermost one, and the path within it. */
export function mountOf(
  container: Container,
  path: string,
): { readonly mount: Mount; readonly index: number; readonly inside: string } | undefined {
  let best: { mount: Mount; index: number; inside: string } | undefined;
  for (const [index, mount] of container.mounts.entries()) {
    if (liesIn(path, mount.path) && (!best || mount.path.length >= best.mount.path.length)) {
      best = { mount, index, inside: path.slice(mount.path.length) || "/" };
    }
  }
  return best;
}

/** A mount takes the place of those at the same path and below it. */
export function withMount(container: Container, mount: Mount): Container {
  const others = container.mounts.filter(({ path }) => !liesIn(path, mount.path));
  return withoutImageRef({ ...container, mounts: [...others, mount] });
}

/** After a change of its configuration a container is not the image that it came from. */
export function withoutImageRef(container: Container): Container {
  const { imageRef: _imageRef, ...rest } = container;
  return rest;
}

export interface Copy {
  readonly path: string;
  readonly name: string | null;
  readonly permissions: number | null;
  readonly owner: string | null;
}

/** The container with something copied to a path: below a mount point it goes into the mount. */
export function withCopied(container: Container, input: Operation, copy: Copy): Container {
  const found = mountOf(container, copy.path);
  if (found?.mount.kind === "file" && found.inside === "/") {
    const { mount, index } = found;
    const into = { ...copy, path: `/${mount.name}`, name: null };
    const source = copiedIn(into, [mount.source, input, container.rootfs]);
    return { ...container, mounts: container.mounts.with(index, { ...mount, source }) };
  }
  return changed(container, copy.path, (snapshot, path, users) =>
    copiedIn({ ...copy, path }, users ? [snapshot, input, users] : [snapshot, input]),
  );
}

/** The container without what matches, in the root file system or in the mount it lies in. */
export function withRemoved(container: Container, pattern: string): Container {
  return changed(container, pattern, (snapshot, path) =>
    removedFrom({ patterns: [path] }, [snapshot]),
  );
}

export function withLinkAt(container: Container, path: string, target: string): Container {
  return changed(container, path, (snapshot, inside) =>
    linkedIn({ path: inside, target }, [snapshot]),
  );
}

function changed(
  container: Container,
  path: string,
  change: (
    snapshot: Operation<Snapshot>,
    path: string,
    users?: Operation<Snapshot>,
  ) => Operation<Snapshot>,
): Container {
  const found = mountOf(container, path);
  if (found?.mount.kind === "directory") {
    const mount: Mount = {
      ...found.mount,
      source: change(found.mount.source, found.inside, container.rootfs),
    };
    return { ...container, mounts: container.mounts.with(found.index, mount) };
  }
  return { ...container, rootfs: change(container.rootfs, path) };
}

/** What a mount of a directory or file starts from. */
export function mountSource(
  container: Container,
  input: Operation,
  name: string | null,
  owner: string,
): Operation<Snapshot> {
  return owner === ""
    ? mounted({ name, owner: null }, [input])
    : mounted({ name, owner }, [input, container.rootfs]);
}
