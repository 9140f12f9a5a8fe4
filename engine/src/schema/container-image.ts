import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import {
  imageArchive,
  importedImage,
  importedRootfs,
  withLayout,
} from "../graph/operations/image-archive.ts";
import { pushLayout } from "../images/push.ts";
import {
  formatReference,
  parseReference,
  publishReference,
  type Reference,
} from "../images/reference.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { exportFile } from "../tree/export.ts";
import * as arg from "./arguments.ts";
import { emptyContainer, expandVariables, withoutImageRef } from "./container-values.ts";
import type { Argument, Arguments, Field, Session } from "./define.ts";
import { loginFor, registryOf as registryOfService, withImageConfig } from "./from-image.ts";
import { hostPath } from "./host-path.ts";
import { describeImage } from "./image-description.ts";
import type { Container, File, Secret, Service } from "./values.ts";

const imageArguments: Readonly<Record<string, Argument>> = {
  platformVariants: {
    type: "[ID!]",
    default: [],
    expects: "Container",
    description: "The same for other platforms: all become one image",
  },
  forcedCompression: {
    type: "ImageLayerCompression",
    description: "How layers are compressed (default: Gzip)",
  },
  mediaTypes: {
    type: "ImageMediaTypes",
    default: "OCIMediaTypes",
    description: "Whose media types are used",
  },
};

/** Images out of containers, and containers out of images. */
export const containerImageFields: Readonly<Record<string, Field<Container>>> = {
  asTarball: {
    description: "The container's image as an archive of an OCI layout.",
    args: imageArguments,
    type: "File!",
    resolve: (container, args, session) => archiveOf(container, args, session),
  },
  export: {
    description: "Writes the container's image to the host, as an archive; answers where.",
    args: {
      path: arg.path("Path of the host, relative to where the command runs"),
      ...imageArguments,
      expand: arg.expand,
    },
    type: "String!",
    async resolve(container, args, session) {
      const target = hostPath(
        args.expand ? expandVariables(container, args.path) : args.path,
        session,
      );
      const { file } = await archiveOf(container, args, session);
      const node = await session.context.solver.solve(file);
      mkdirSync(dirname(target), { recursive: true });
      exportFile(node, target, session.context.cache);
      return target;
    },
  },
  import: {
    description: "The container with the image of an archive.",
    args: {
      source: { type: "ID!", expects: "File", description: "The archive, of an OCI layout" },
      tag: { type: "String", default: "", description: "Which image, if the archive has several" },
    },
    type: "Container!",
    async resolve(container, { source, tag }, session) {
      const { file } = await session.load<File>("File", source);
      const imported = importedImage({ tag }, [file]);
      const { config } = await session.context.solver.solve(imported);
      const rootfs = importedRootfs(null, [imported]);
      return withoutImageRef({ ...withImageConfig(container, config), rootfs });
    },
  },
  publish: {
    description: "Sends the container's image to a registry; answers its reference and digest.",
    args: {
      address: {
        type: "String!",
        description: 'Where to (example: "registry.example.com/team/api:1.2")',
      },
      ...imageArguments,
      registryService: {
        type: "ID",
        expects: "Service",
        description: "Service that is the registry, by plain HTTP",
      },
    },
    type: "String!",
    async resolve(container, args, session) {
      const reference = await publishedAt(args, session);
      const described = await variantsOf(container, args, session);
      const { solver, events, signal } = session.context;
      const images = await Promise.all(
        described.map(async ({ rootfs, description }) => ({
          description,
          snapshot: await solver.solve(rootfs),
        })),
      );
      const login = await loginFor(container, reference.registry, session.secrets);
      return withLayout(images, session.context, async (layout, digest) => {
        const log = (line: string) => events.notice(line);
        await pushLayout(layout, reference, { ...login, log, signal });
        return `${args.address}@${digest}`;
      });
    },
  },
  withRegistryAuth: {
    description: "The container with a login for a registry.",
    args: {
      address: { type: "String!", description: "The registry, or a reference in it" },
      username: { type: "String!", description: "User name" },
      secret: { type: "ID!", expects: "Secret", description: "Password or token" },
    },
    type: "Container!",
    async resolve(container, { address, username, secret }, session): Promise<Container> {
      const { reference } = await session.load<Secret>("Secret", secret);
      const registry = registryOf(address);
      const others = withoutLogin(container, registry);
      return { ...container, registryAuth: [...others, { registry, username, secret: reference }] };
    },
  },
  withoutRegistryAuth: {
    description: "The container without a login for a registry.",
    args: { address: { type: "String!", description: "The registry, or a reference in it" } },
    type: "Container!",
    resolve: (container, { address }): Container => ({
      ...container,
      registryAuth: withoutLogin(container, registryOf(address)),
    }),
  },
};

async function publishedAt(
  { address, registryService }: Arguments,
  session: Session,
): Promise<Reference> {
  const reference = publishReference(address);
  if (!registryService) return reference;
  const registry = await session.load<Service>("Service", registryService);
  const { port, identity } = await registryOfService(reference.registry, registry, session);
  const { address: at } = await session.context.solver.solve(registry.operation);
  return { ...reference, service: { address: `${at}:${port}`, identity } };
}

async function archiveOf(container: Container, args: Arguments, session: Session): Promise<File> {
  const described = await variantsOf(container, args, session);
  const descriptions = described.map(({ description }) => description) as unknown as Json;
  const file = imageArchive(
    descriptions,
    described.map(({ rootfs }) => rootfs),
  );
  return { file, name: "container.tar" };
}

/** The containers that become one image: this one, unless there is nothing in it, and the others. */
async function variantsOf(container: Container, args: Arguments, session: Session) {
  const compression = args.forcedCompression ?? "Gzip";
  if (compression !== "Gzip" && compression !== "Uncompressed") {
    throw new ApiError(
      `galley does not have forcedCompression: ${compression}: it packs layers as Gzip or Uncompressed`,
    );
  }
  const others = await Promise.all(
    (args.platformVariants as string[]).map((id) => session.load<Container>("Container", id)),
  );
  const isFirst = others.length === 0 || !isEmpty(container);
  const variants = [...(isFirst ? [container] : []), ...others];
  const platforms = variants.map(({ platform }) => platform);
  const twice = platforms.find((platform, index) => platforms.indexOf(platform) !== index);
  if (twice) throw new ApiError(`duplicate platform ${JSON.stringify(twice)}`);
  return Promise.all(
    variants.map(async (variant) => ({
      rootfs: variant.rootfs,
      description: await describeImage(
        variant,
        { compression, mediaTypes: args.mediaTypes },
        session,
      ),
    })),
  );
}

function isEmpty({ rootfs }: Container): boolean {
  return rootfs.kind === emptyContainer("").rootfs.kind;
}

/** `registry.example.com` of `registry.example.com/team/api:1`; Docker Hub has several names. */
function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//u, "");
  if (!host.includes("/")) {
    return ["index.docker.io", "registry-1.docker.io"].includes(host) ? "docker.io" : host;
  }
  return parseReference(formatReference(parseReference(host))).registry;
}

function withoutLogin({ registryAuth = [] }: Container, registry: string) {
  return registryAuth.filter((each) => each.registry !== registry);
}
