import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import {
  imageArchive,
  importedImage,
  importedRootfs,
  withLayout,
} from "../graph/operations/image-archive.ts";
import { pushLayout } from "../images/push.ts";
import { formatReference, parseReference, publishReference } from "../images/reference.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { exportFile } from "../tree/export.ts";
import * as arg from "./arguments.ts";
import { expandVariables, withoutImageRef } from "./container-values.ts";
import type { Argument, Arguments, Field, Session } from "./define.ts";
import { loginFor, withImageConfig } from "./from-image.ts";
import { hostPath } from "./host-path.ts";
import { describeImage } from "./image-description.ts";
import type { Container, File, Secret } from "./values.ts";

const imageArguments: Readonly<Record<string, Argument>> = {
  platformVariants: {
    type: "[ID!]",
    default: [],
    description: "Containers of other platforms (not in galley)",
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
        description: "Service that is the registry (not in galley)",
      },
    },
    type: "String!",
    async resolve(container, args, session) {
      if (args.registryService) throw leftOut("Container.publish(registryService:)");
      const reference = publishReference(args.address);
      const description = await descriptionOf(container, args, session);
      const { solver, events, signal } = session.context;
      const snapshot = await solver.solve(container.rootfs);
      const login = await loginFor(container, reference.registry, session.secrets);
      return withLayout(snapshot, description, session.context, async (layout, digest) => {
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

async function archiveOf(container: Container, args: Arguments, session: Session): Promise<File> {
  const description = (await descriptionOf(container, args, session)) as unknown as Json;
  return { file: imageArchive(description, [container.rootfs]), name: "container.tar" };
}

function descriptionOf(container: Container, args: Arguments, session: Session) {
  if (args.platformVariants.length > 0) throw leftOut("platformVariants");
  const compression = args.forcedCompression ?? "Gzip";
  if (compression !== "Gzip" && compression !== "Uncompressed") {
    throw leftOut(`forcedCompression: ${compression}`);
  }
  return describeImage(container, { compression, mediaTypes: args.mediaTypes }, session);
}

function leftOut(name: string): ApiError {
  return new ApiError(`galley has no ${name}, see engine/SUPPORTED.md`);
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
