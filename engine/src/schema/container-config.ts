import { posix } from "node:path";
import { ApiError } from "../tree/api-error.ts";
import * as arg from "./arguments.ts";
import {
  expandVariables,
  withNamed,
  withoutImageRef,
  withoutNamed,
  withPort,
} from "./container-values.ts";
import type { Field, Session } from "./define.ts";
import type { Container, Port } from "./values.ts";

const name = (description: string) => ({ name: { type: "String!", description } });
const value = { type: "String!", description: "Its value" };

/** Reading the configuration of a container whose command failed fails as the command did. */
export async function configured(container: Container, session: Session): Promise<void> {
  if (container.lastExec) await session.context.solver.solve(container.lastExec);
}

export function getter<T>(
  description: string,
  type: string,
  read: (container: Container) => T,
): Field<Container> {
  return {
    description,
    args: {},
    type,
    async resolve(container, _args, session) {
      await configured(container, session);
      return read(container);
    },
  };
}

/** How commands are run, and what an image would say of itself. */
export const containerConfigFields: Readonly<Record<string, Field<Container>>> = {
  platform: getter("Operating system and architecture.", "Platform!", ({ platform }) => platform),
  imageRef: {
    description: "Reference of the image it was made from, with its digest.",
    args: {},
    type: "String!",
    resolve({ imageRef }) {
      if (imageRef) return imageRef;
      throw new ApiError(
        "Image reference can only be retrieved immediately after the 'Container.From' call. Error in fetching imageRef as the container image is changed",
      );
    },
  },
  workdir: getter("Working directory; empty until it is set.", "String!", ({ workdir }) => workdir),
  user: getter("User that runs commands; empty until it is set.", "String!", ({ user }) => user),
  entrypoint: getter("The entrypoint.", "[String!]!", ({ entrypoint }) => entrypoint),
  defaultArgs: getter(
    "Arguments when none are given.",
    "[String!]!",
    ({ defaultArgs }) => defaultArgs,
  ),
  labels: getter("The image's labels.", "[Label!]!", ({ labels }) => labels),
  exposedPorts: getter("The ports that are exposed.", "[Port!]!", ({ ports }) => ports),
  label: {
    description: "Value of a label.",
    args: name("Its name"),
    type: "String",
    async resolve(container, args, session) {
      await configured(container, session);
      return container.labels.find((each) => each.name === args.name)?.value ?? null;
    },
  },
  withWorkdir: {
    description: "The container with another working directory.",
    args: { path: arg.path("The directory"), expand: arg.expand },
    type: "Container!",
    resolve(container, { path, expand }) {
      const text = expand ? expandVariables(container, path) : path;
      const absolutePath = posix.isAbsolute(text)
        ? text
        : posix.resolve(container.workdir || "/", text);
      return withoutImageRef({ ...container, workdir: absolutePath });
    },
  },
  withoutWorkdir: {
    description: "The container without a working directory of its own.",
    args: {},
    type: "Container!",
    resolve: (container) => withoutImageRef({ ...container, workdir: "" }),
  },
  withUser: {
    description: "The container with another user for commands.",
    args: name("User or user:group, by name or id"),
    type: "Container!",
    resolve: (container, { name }) => withoutImageRef({ ...container, user: name }),
  },
  withoutUser: {
    description: "The container with root as user.",
    args: {},
    type: "Container!",
    resolve: (container) => withoutImageRef({ ...container, user: "" }),
  },
  withEntrypoint: {
    description: "The container with another entrypoint.",
    args: {
      args: { type: "[String!]!", description: "The command before all arguments" },
      keepDefaultArgs: {
        type: "Boolean",
        default: false,
        description: "Keep the default arguments",
      },
    },
    type: "Container!",
    resolve: (container, { args, keepDefaultArgs }) =>
      withoutImageRef({
        ...container,
        entrypoint: args,
        defaultArgs: keepDefaultArgs ? container.defaultArgs : [],
      }),
  },
  withoutEntrypoint: {
    description: "The container without an entrypoint.",
    args: {
      keepDefaultArgs: {
        type: "Boolean",
        default: false,
        description: "Keep the default arguments",
      },
    },
    type: "Container!",
    resolve: (container, { keepDefaultArgs }) =>
      withoutImageRef({
        ...container,
        entrypoint: [],
        defaultArgs: keepDefaultArgs ? container.defaultArgs : [],
      }),
  },
  withDefaultArgs: {
    description: "The container with arguments for when none are given.",
    args: { args: { type: "[String!]!", description: "The arguments" } },
    type: "Container!",
    resolve: (container, { args }) => withoutImageRef({ ...container, defaultArgs: args }),
  },
  withoutDefaultArgs: {
    description: "The container without default arguments.",
    args: {},
    type: "Container!",
    resolve: (container) => withoutImageRef({ ...container, defaultArgs: [] }),
  },
  withLabel: {
    description: "The container with a label.",
    args: { ...name("Its name"), value },
    type: "Container!",
    resolve: (container, { name, value }) =>
      withoutImageRef({ ...container, labels: withNamed(container.labels, { name, value }) }),
  },
  withoutLabel: {
    description: "The container without a label.",
    args: name("Its name"),
    type: "Container!",
    resolve: (container, { name }) =>
      withoutImageRef({ ...container, labels: withoutNamed(container.labels, name) }),
  },
  withAnnotation: {
    description: "The container with an annotation.",
    args: { ...name("Its name"), value },
    type: "Container!",
    resolve: (container, { name, value }) =>
      withoutImageRef({
        ...container,
        annotations: withNamed(container.annotations, { name, value }),
      }),
  },
  withoutAnnotation: {
    description: "The container without an annotation.",
    args: name("Its name"),
    type: "Container!",
    resolve: (container, { name }) =>
      withoutImageRef({ ...container, annotations: withoutNamed(container.annotations, name) }),
  },
  withExposedPort: {
    description: "The container with a port that it listens on.",
    args: {
      port: { type: "Int!", description: "Its number" },
      protocol: { type: "NetworkProtocol", default: "TCP", description: "Its protocol" },
      description: { type: "String", description: "What it is for" },
      experimentalSkipHealthcheck: {
        type: "Boolean",
        default: false,
        description: "Do not wait for it",
      },
    },
    type: "Container!",
    resolve(container, { port, protocol, description, experimentalSkipHealthcheck }) {
      const added: Port = {
        port,
        protocol,
        ...(description ? { description } : {}),
        experimentalSkipHealthcheck,
      };
      return withoutImageRef({ ...container, ports: withPort(container.ports, added) });
    },
  },
  withoutExposedPort: {
    description: "The container without a port.",
    args: {
      port: { type: "Int!", description: "Its number" },
      protocol: { type: "NetworkProtocol", default: "TCP", description: "Its protocol" },
    },
    type: "Container!",
    resolve: (container, { port, protocol }) =>
      withoutImageRef({
        ...container,
        ports: container.ports.filter((each) => each.port !== port || each.protocol !== protocol),
      }),
  },
};
