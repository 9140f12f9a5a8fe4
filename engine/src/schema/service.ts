import { hostService, service, serviceHostname } from "../graph/operations/service.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { commandArguments, execOf } from "./container-exec.ts";
import { type Argument, type Arguments, defineType, type Field, type Session } from "./define.ts";
import { argumentLeftOut } from "./left-out.ts";
import { runningTunnel, tunnelPorts, up, upArguments } from "./tunnel.ts";
import type { Container, Port, Service } from "./values.ts";

const serviceArguments: Readonly<Record<string, Argument>> = {
  args: {
    type: "[String!]",
    default: [],
    description: "Its command (default: the entrypoint and default arguments)",
  },
  ...commandArguments,
};

/** Services out of containers, and containers that use them. */
export const containerServiceFields: Readonly<Record<string, Field<Container>>> = {
  asService: {
    description: "The container as a service: it runs for those that are bound to it.",
    args: serviceArguments,
    type: "Service!",
    resolve: asService,
  },
  up: {
    description: "Runs the container as a service, and leads ports of the machine to it.",
    args: { ...serviceArguments, ...upArguments },
    type: "Void",
    resolve: (container, args, session) => up(asService(container, args), args, session),
  },
  withServiceBinding: {
    description: "The container with a service that its commands reach by an alias.",
    args: {
      alias: { type: "String!", description: "Host name of the service, for the container" },
      service: { type: "ID!", expects: "Service", description: "The service" },
    },
    type: "Container!",
    async resolve(container, { alias, service: id }, session): Promise<Container> {
      const bound = await session.load<Service>("Service", id);
      const others = (container.services ?? []).filter((each) => each.alias !== alias);
      return { ...container, services: [...others, { alias, service: bound }] };
    },
  },
};

export const serviceType = defineType<Service>({
  name: "Service",
  description: "Something that runs for the containers that are bound to it.",
  fields: {
    hostname: {
      description: "Its host name: the same for equal definitions.",
      args: {},
      type: "String!",
      resolve: hostnameOf,
    },
    endpoint: {
      description: "Its host name and port, as an address or URL.",
      args: {
        port: { type: "Int", description: "Port (default: the first one that is exposed)" },
        scheme: { type: "String", default: "", description: 'Scheme of a URL (example: "http")' },
      },
      type: "String!",
      async resolve(self, { port, scheme }, session) {
        const ports = await portsIn(self, session);
        const found = port ?? ports[0]?.port;
        if (found === undefined) throw new ApiError("no ports exposed");
        const address = `${await hostnameOf(self, {}, session)}:${found}`;
        return scheme ? `${scheme}://${address}` : address;
      },
    },
    ports: {
      description: "The ports that it exposes.",
      args: {},
      type: "[Port!]!",
      resolve: (self, _args, session) => portsIn(self, session),
    },
    start: {
      description: "Starts it, and waits until its ports answer; answers its id.",
      args: {},
      type: "ID!",
      async resolve(self, _args, session) {
        await session.context.solver.solve(self.operation);
        return session.idOf("Service", self);
      },
    },
    sync: {
      description: "Answers its id: a service is evaluated by being started.",
      args: {},
      type: "ID!",
      resolve: (self, _args, session) => session.idOf("Service", self),
    },
    up: {
      description: "Leads ports of the machine to it until the session ends, or it does.",
      args: upArguments,
      type: "Void",
      resolve: up,
    },
    stop: {
      description: "Stops it; answers its id.",
      args: {
        kill: { type: "Boolean", default: false, description: "At once, without asking it to end" },
      },
      type: "ID!",
      async resolve(self, { kill }, session) {
        const { services, solver } = session.context;
        await services.stop(await solver.key(self.operation), kill);
        return session.idOf("Service", self);
      },
    },
    withHostname: {
      description: "The service with a host name of its own.",
      args: { hostname: { type: "String!", description: "The name" } },
      type: "Service!",
      resolve(self, { hostname }): Service {
        const { args } = self.operation;
        const named = { ...(args as Readonly<Record<string, Json>>), hostname };
        return { ...self, operation: { ...self.operation, args: named } };
      },
    },
  },
});

function asService(container: Container, args: Arguments): Service {
  if (args.experimentalPrivilegedNesting) {
    throw argumentLeftOut("Container.asService(experimentalPrivilegedNesting:)");
  }
  const streams = { stdin: "", redirectStdin: "", redirectStdout: "", redirectStderr: "" };
  const { step, inputs } = execOf(container, { ...args, ...streams, expect: "SUCCESS" });
  const checked = container.ports.filter(
    ({ protocol, experimentalSkipHealthcheck }) =>
      protocol === "TCP" && !experimentalSkipHealthcheck,
  );
  const ports = checked.map(({ port }) => port);
  const given = { ...step, ports, hostname: "" } as unknown as Json;
  return { operation: service(given, inputs), ports: container.ports };
}

function portsIn(self: Service, session: Session): Promise<readonly Port[]> | readonly Port[] {
  return self.isTunnel ? tunnelPorts(self, session) : self.ports;
}

async function hostnameOf(self: Service, _args: unknown, session: Session): Promise<string> {
  if (self.isTunnel) return (await runningTunnel(self, session)).hostname;
  const { hostname } = self.operation.args as { hostname?: string };
  return hostname || serviceHostname(await session.context.solver.key(self.operation));
}

export const hostServiceField: Field<object> = {
  description: "Ports of the machine as a service, for containers.",
  args: {
    ports: { type: "[PortForward!]!", description: "Ports, and where containers find them" },
    host: { type: "String", default: "localhost", description: "Host that the ports are on" },
  },
  type: "Service!",
  resolve(_host, { ports, host }): Service {
    if (ports.length === 0) throw new ApiError("no ports specified");
    return portsOf(host, ports);
  },
};

interface Forward {
  readonly backend: number;
  readonly frontend?: number;
  readonly protocol?: Port["protocol"];
}

function portsOf(host: string, ports: readonly Forward[]): Service {
  if (ports.some(({ protocol }) => protocol === "UDP")) {
    throw new ApiError("galley has no UDP in Host.service(ports:), see engine/SUPPORTED.md");
  }
  const forwards = ports.map(({ backend, frontend }) => ({
    backend,
    frontend: frontend ?? backend,
  }));
  return {
    operation: hostService({ host, ports: forwards, hostname: "" }),
    ports: forwards.map(({ frontend }) => ({
      port: frontend,
      protocol: "TCP",
      experimentalSkipHealthcheck: false,
    })),
  };
}

/** A service by its address on the command line. */
export function serviceAt(address: string): Service {
  const { scheme, host, port } =
    /^(?<scheme>tcp|udp):\/\/(?<host>[^/:]+):(?<port>\d+)$/u.exec(address)?.groups ?? {};
  if (!scheme || !host || !port) {
    throw new ApiError(
      `${JSON.stringify(address)}: a service is given as tcp://HOST:PORT, a port of this machine`,
    );
  }
  const protocol = scheme === "udp" ? "UDP" : "TCP";
  return portsOf(host, [{ backend: Number(port), protocol }]);
}
