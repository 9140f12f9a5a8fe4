import { ExecError } from "../graph/exec-error.ts";
import { tunnel } from "../graph/operations/service.ts";
import type { RunningService } from "../runner/services.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import type { Argument, Arguments, Field, Session } from "./define.ts";
import type { Port, Service } from "./values.ts";

/** Ports as `up` takes them. */
export const upArguments: Readonly<Record<string, Argument>> = {
  ports: {
    type: "[PortForward!]",
    default: [],
    description: "Ports of the machine, and those of the service that they lead to",
  },
  random: {
    type: "Boolean",
    default: false,
    description: "Lead to each port from one of the machine that is free",
  },
};

export const hostTunnelField: Field<object> = {
  description: "Ports of the machine that lead to a service; it runs from its start on.",
  args: {
    service: { type: "ID!", expects: "Service", description: "The service" },
    native: {
      type: "Boolean",
      default: false,
      description: "Lead to each port from the one of the same number",
    },
    ports: {
      type: "[PortForward!]",
      default: [],
      description:
        "Ports of the machine (default: free ones), and those of the service that they lead to (default: all)",
    },
  },
  type: "Service!",
  resolve: async (_host, { service, ports, native }, session) =>
    tunnelTo(await session.load<Service>("Service", service), { ports, native }),
};

function tunnelTo(service: Service, { ports, native }: Arguments): Service {
  if (service.operation.kind !== "service") {
    throw new ApiError("tunneling to non-Container services is not supported");
  }
  const own = service.ports.map(({ port, protocol }) => ({ backend: port, protocol }));
  const forwards = [
    ...(native ? own.map((each) => ({ ...each, frontend: each.backend })) : []),
    ...ports,
    ...(native || ports.length > 0 ? [] : own),
  ];
  if (forwards.length === 0) throw new ApiError("no ports to forward");
  if (forwards.some(({ protocol }) => protocol === "UDP")) {
    throw new ApiError("galley has no UDP in Host.tunnel(ports:), see engine/SUPPORTED.md");
  }
  const tunnelled = forwards.map(({ frontend = 0, backend }) => ({ frontend, backend }));
  const args = { ports: tunnelled } as unknown as Json;
  return { operation: tunnel(args, [service.operation]), ports: [], isTunnel: true };
}

/** Leads ports of the machine to a service until the session ends, or the service does. */
export async function up(service: Service, args: Arguments, session: Session): Promise<null> {
  const native = !args.random && args.ports.length === 0;
  const opened = tunnelTo(service, { ports: args.ports, native });
  const { solver, events, signal } = session.context;
  const running = await solver.solve(opened.operation);
  for (const { frontend, backend } of running.forwards ?? []) {
    const scheme = frontend === 443 ? "https" : "http";
    events.notice(`port ${backend} is at ${scheme}://localhost:${frontend}`);
  }
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const result = await Promise.race([running.ended, interrupted]);
  if (result && result.exitCode !== 0) {
    const { exitCode, stdout, stderr } = result;
    throw new ExecError(`exit code: ${exitCode}`, { cmd: [], exitCode, stdout, stderr });
  }
  return null;
}

/** A tunnel that runs; where it is found is not known before. */
export async function runningTunnel(self: Service, session: Session): Promise<RunningService> {
  const key = await session.context.solver.key(self.operation);
  const running = await session.context.services.running(key);
  if (!running) throw new ApiError("the tunnel is not running: ask for its start first");
  return running;
}

export async function tunnelPorts(self: Service, session: Session): Promise<Port[]> {
  const { forwards = [], hostname } = await runningTunnel(self, session);
  return forwards.map(({ frontend, backend }) => ({
    port: frontend,
    protocol: "TCP",
    description: `tunnel ${hostname}:${frontend} -> port ${backend}`,
    experimentalSkipHealthcheck: false,
  }));
}
