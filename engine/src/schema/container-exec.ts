import type { Operation } from "../graph/operation.ts";
import {
  type ExecArgs,
  type ExecMount,
  exec,
  execMount,
  execRootfs,
} from "../graph/operations/exec.ts";
import type { StepResult } from "../runner/step.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { absolute, expandVariables } from "./container-values.ts";
import type { Argument, Arguments, Field, Session } from "./define.ts";
import { fromImage } from "./from-image.ts";
import { argumentLeftOut } from "./left-out.ts";
import type { Container, Mount, Service } from "./values.ts";

/** How a command is run, whether it ends or serves. */
export const commandArguments: Readonly<Record<string, Argument>> = {
  useEntrypoint: {
    type: "Boolean",
    default: false,
    description: "Put the entrypoint before the command",
  },
  experimentalPrivilegedNesting: {
    type: "Boolean",
    default: false,
    description: "Let it use the API (not in galley)",
  },
  insecureRootCapabilities: {
    type: "Boolean",
    default: false,
    description: "Give it all of root's capabilities",
  },
  expand: {
    type: "Boolean",
    default: false,
    description: "Replace ${NAME} and $NAME in the arguments by the container's own variables",
  },
  noInit: {
    type: "Boolean",
    default: false,
    description: "Run it as process 1, without an init",
  },
};

/** Where images come from, and what commands do. */
export const containerExecFields: Readonly<Record<string, Field<Container>>> = {
  from: {
    description: "The container with an image's files and configuration.",
    args: {
      address: {
        type: "String!",
        description: 'Reference of the image (example: "python:3.13-slim-trixie")',
      },
      registryService: {
        type: "ID",
        expects: "Service",
        description: "Service that is the image's registry, by plain HTTP",
      },
    },
    type: "Container!",
    async resolve(container, { address, registryService }, session) {
      if (!registryService) return fromImage(container, address, session);
      const registry = await session.load<Service>("Service", registryService);
      return fromImage(container, address, session, registry);
    },
  },
  withExec: {
    description: "The container after a command.",
    args: {
      args: {
        type: "[String!]!",
        description: 'The command and its arguments, without a shell (example: ["ls", "-l"])',
      },
      ...commandArguments,
      stdin: { type: "String", default: "", description: "Text that it reads" },
      redirectStdin: {
        type: "String",
        default: "",
        description: "File of the container that it reads",
      },
      redirectStdout: { type: "String", default: "", description: "File for its standard output" },
      redirectStderr: { type: "String", default: "", description: "File for its standard error" },
      expect: { type: "ReturnType", default: "SUCCESS", description: "How it is expected to end" },
    },
    type: "Container!",
    resolve(container, args) {
      if (args.stdin !== "" && args.redirectStdin !== "") {
        throw new ApiError("cannot set both stdin and redirectStdin");
      }
      if (args.experimentalPrivilegedNesting) {
        throw argumentLeftOut("Container.withExec(experimentalPrivilegedNesting:)");
      }
      return afterExec(container, args);
    },
  },
  stdout: {
    description: "Standard output of the last command.",
    args: {},
    type: "String!",
    resolve: async (container, _args, session) => (await lastExec(container, session)).stdout,
  },
  stderr: {
    description: "Standard error of the last command.",
    args: {},
    type: "String!",
    resolve: async (container, _args, session) => (await lastExec(container, session)).stderr,
  },
  combinedOutput: {
    description: "Standard output and error of the last command, in the order they were written.",
    args: {},
    type: "String!",
    resolve: async (container, _args, session) => (await lastExec(container, session)).combined,
  },
  exitCode: {
    description: "Exit code of the last command.",
    args: {},
    type: "Int!",
    resolve: async (container, _args, session) => (await lastExec(container, session)).exitCode,
  },
  sync: {
    description: "Makes the container now, and fails if a command in it does; answers its id.",
    args: {},
    type: "ID!",
    async resolve(container, _args, session) {
      await session.context.solver.solve(container.rootfs);
      return session.idOf("Container", container);
    },
  },
  withDefaultTerminalCmd: {
    description: "The container itself: galley opens no terminals.",
    args: {
      args: { type: "[String!]!", description: "What a terminal would run" },
      experimentalPrivilegedNesting: {
        type: "Boolean",
        default: false,
        description: "Let it use the API",
      },
      insecureRootCapabilities: {
        type: "Boolean",
        default: false,
        description: "Give it all of root's capabilities",
      },
    },
    type: "Container!",
    resolve: (container) => container,
  },
  withError: {
    description: "Fails with these words.",
    args: { err: { type: "String!", description: "The words; none does nothing" } },
    type: "Container!",
    resolve(container, { err }) {
      if (err !== "") throw new ApiError(err);
      return container;
    },
  },
};

function lastExec(container: Container, session: Session): Promise<StepResult> {
  if (!container.lastExec) throw new ApiError("no command has been set");
  return session.context.solver.solve(container.lastExec);
}

/** A command in a container as an operation takes it, with what the operation works on. */
export function execOf(
  container: Container,
  args: Arguments,
): { step: ExecArgs; inputs: Operation[] } {
  const inputs: Operation[] = [container.rootfs];
  const sockets = (container.sockets ?? []).map(
    ({ path, socket, owner = null }): ExecMount => ({ path, kind: "socket", socket, owner }),
  );
  const mounts = [...container.mounts.map((mount) => execMountOf(mount, inputs)), ...sockets];
  const services = (container.services ?? []).map(({ alias, service }) => {
    return { alias, input: inputs.push(service.operation) - 1 };
  });
  const given: string[] = args.args.length > 0 ? args.args : [...container.defaultArgs];
  const useEntrypoint = args.useEntrypoint || args.args.length === 0;
  const argv = useEntrypoint ? [...container.entrypoint, ...given] : given;
  if (argv.length === 0) throw new ApiError("no command has been set");
  const expanded = (text: string) => (args.expand ? expandVariables(container, text) : text);
  const path = (text: string) => (text === "" ? null : absolute(container, expanded(text)));
  // In the order of their names: that is how they are digested.
  const step: ExecArgs = {
    argv: argv.map(expanded),
    env: container.env.map(({ name, value }) => `${name}=${value}`),
    expect: args.expect,
    insecureRootCapabilities: args.insecureRootCapabilities,
    mounts,
    noInit: args.noInit,
    redirectStderr: path(args.redirectStderr),
    redirectStdin: path(args.redirectStdin),
    redirectStdout: path(args.redirectStdout),
    secretEnv: container.secretEnv,
    ...(services.length > 0 ? { services } : {}),
    stdin: args.stdin,
    user: container.user,
    volatileEnv: container.volatileEnv.map(({ name, value }) => `${name}=${value}`),
    workdir: container.workdir,
  };
  return { step, inputs };
}

/** The container after a command, as withExec's arguments say it. */
export function afterExec(container: Container, args: Arguments): Container {
  const { step, inputs } = execOf(container, args);
  const operation = exec(step as unknown as Json, inputs);
  const { imageRef: _imageRef, ...rest } = container;
  return {
    ...rest,
    rootfs: execRootfs(null, [operation]),
    mounts: container.mounts.map((mount, index) =>
      mount.kind === "directory" || mount.kind === "file"
        ? { ...mount, source: execMount({ mount: index }, [operation]) }
        : mount,
    ),
    lastExec: operation,
  };
}

function execMountOf(mount: Mount, inputs: Operation[]): ExecMount {
  const input = (operation: Operation) => inputs.push(operation) - 1;
  switch (mount.kind) {
    case "directory": {
      const { path, kind, readOnly } = mount;
      return { path, kind, readOnly, input: input(mount.source) };
    }
    case "file":
      return { path: mount.path, kind: "file", name: mount.name, input: input(mount.source) };
    case "cache": {
      const { path, kind, volume, sharing, owner = null } = mount;
      return {
        path,
        kind,
        volume,
        sharing,
        owner,
        input: mount.source ? input(mount.source) : null,
      };
    }
    case "temp":
      return { path: mount.path, kind: "temp", size: mount.size ?? null };
    case "secret": {
      const { path, kind, secret, mode, owner = null } = mount;
      return { path, kind, secret, mode, owner };
    }
  }
}
