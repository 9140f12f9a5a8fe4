import type { HostPort } from "../../runner/host-ports.ts";
import type { RunningService } from "../../runner/services.ts";
import type { StepResult } from "../../runner/step.ts";
import { openTunnel, type TunnelPort } from "../../runner/tunnel.ts";
import { ApiError } from "../../tree/api-error.ts";
import { hexOf, type Json } from "../../tree/digest.ts";
import { ExecError } from "../exec-error.ts";
import { defineOperation, uncached } from "../operation.ts";
import { type ExecArgs, identifyExec, stepOf } from "./exec.ts";

/** A service by its command: a step that goes on, and the ports that answer when it is ready. */
export interface ServiceArgs extends ExecArgs {
  readonly ports: readonly number[];
  /** how dependents can name it beside their aliases; made of its key when empty */
  readonly hostname: string;
}

/** A container that runs for the steps that are bound to it. Solving it starts it. */
export const service = defineOperation<Json, RunningService>({
  name: "service",
  identity: "recipe",
  identify: (args, context) => identifyExec(args as unknown as ServiceArgs, context),
  caching: uncached("it runs in this session", "never"),
  async run(given, inputs, context, key) {
    const args = given as unknown as ServiceArgs;
    const step = await stepOf(args, inputs, context);
    const hostname = args.hostname || serviceHostname(key);
    return context.services.ensure(
      key,
      () => {
        const activity = context.events.begin("service", `service ${args.argv.join(" ")}`, key);
        const listening = context.runner.serve({ ...step, hostname }, (stream, text) =>
          activity.output(stream, text),
        );
        listening.ended.then(
          () => activity.end({ kind: "done" }),
          () => activity.end({ kind: "cancelled" }),
        );
        return listening;
      },
      {
        hostname,
        ports: args.ports,
        failed: (result) => failure(args.argv, result as StepResult),
      },
    );
  },
});

function failure(argv: readonly string[], { exitCode, stdout, stderr }: StepResult): Error {
  if (exitCode === 0) {
    return new ApiError("service exited before healthcheck");
  }
  return new ExecError(`exit code: ${exitCode}`, { cmd: argv, exitCode, stdout, stderr });
}

/** Letters and digits, the same for equal definitions. */
export function serviceHostname(key: `sha256:${string}`): string {
  return BigInt(`0x${hexOf(key)}`)
    .toString(36)
    .slice(0, 13);
}

/** Ports of this machine that lead to a service, which is started for it. */
export const tunnel = defineOperation<Json, RunningService>({
  name: "tunnel",
  identity: "recipe",
  caching: uncached("it runs in this session", "never"),
  async run(given, [upstream], context, key) {
    const { ports } = given as unknown as { ports: readonly TunnelPort[] };
    return context.services.ensure(key, () => openTunnel(upstream as RunningService, ports), {
      hostname: "127.0.0.1",
      ports: [],
      failed: (result) =>
        result && result.exitCode !== 0 ? failure([], result) : new ApiError("upstream exited"),
    });
  },
});

/** Ports of this machine for steps that are bound to them. */
export const hostService = defineOperation<Json, RunningService>({
  name: "host service",
  identity: "recipe",
  caching: uncached("it runs in this session", "never"),
  async run(given, _inputs, context, key) {
    const { host, ports, hostname } = given as unknown as {
      host: string;
      ports: readonly HostPort[];
      hostname: string;
    };
    return context.services.ensure(key, () => context.runner.servePorts(host, ports), {
      hostname: hostname || serviceHostname(key),
      ports: ports.map(({ frontend }) => frontend),
      failed: () => new Error("cannot happen: ports of the host do not end by themselves"),
    });
  },
});
