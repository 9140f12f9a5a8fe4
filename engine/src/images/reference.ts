import { ApiError } from "../tree/api-error.ts";

/** An image reference in full: `docker.io/library/python:3.13` is what `python:3.13` means. */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: `sha256:${string}` | undefined;
  /** where the registry answers, by plain HTTP, when it is a service of the session */
  readonly service?: RegistryService;
}

export interface RegistryService {
  /** `10.87.0.5:5000` */
  readonly address: string;
  /** tells it from other services of that name, in other sessions too */
  readonly identity: string;
}

const pattern =
  /^(?<name>[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/u;

/** Reads a reference as Docker does: no registry is Docker Hub, no tag is `latest`. */
export function parseReference(text: string): Reference {
  const { name, tag, digest } = pattern.exec(text)?.groups ?? {};
  if (!name) {
    throw new ApiError(
      `failed to parse image address ${JSON.stringify(text)}: invalid reference format`,
    );
  }
  const [first = "", ...rest] = name.split("/");
  const isRegistry = rest.length > 0 && (/[.:]/u.test(first) || first === "localhost");
  const registry = isRegistry ? first : "docker.io";
  const path = isRegistry ? rest.join("/") : name;
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  return {
    registry,
    repository,
    tag: tag ?? (digest ? undefined : "latest"),
    digest: digest as Reference["digest"],
  };
}

/** Reads the address that an image is published at; the messages are Dagger's. */
export function publishReference(text: string): Reference {
  if (pattern.test(text)) return parseReference(text);
  const path = text.includes("/") ? text : `library/${text}`;
  if (/[A-Z]/u.test(text.replace(/:[^/]*$/u, ""))) {
    throw new ApiError(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  throw new ApiError(`invalid reference format: ${JSON.stringify(text)}`);
}

/** The reference in full, with tag and digest as far as they are known. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}
