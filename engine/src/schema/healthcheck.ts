import type { Healthcheck } from "../images/image.ts";
import { ApiError } from "../tree/api-error.ts";
import { withoutImageRef } from "./container-values.ts";
import { defineType, type Field } from "./define.ts";
import { durationText, nanoseconds } from "./duration.ts";
import type { Container } from "./values.ts";

const duration = (what: string) => ({
  type: "String",
  default: "",
  description: `${what} (example: "30s")`,
});

/** How a container's image says that its health is asked for. */
export const containerHealthcheckFields: Readonly<Record<string, Field<Container>>> = {
  dockerHealthcheck: {
    description: "How the container's health is asked for, if it says so.",
    args: {},
    type: "HealthcheckConfig",
    resolve: ({ image }) => image?.Healthcheck ?? null,
  },
  withDockerHealthcheck: {
    description: "The container with a command that asks for its health.",
    args: {
      args: { type: "[String!]!", description: "The command" },
      shell: {
        type: "Boolean",
        default: false,
        description: "The command is one text for the shell",
      },
      interval: duration("Time between two checks"),
      timeout: duration("Longest time for one check"),
      startPeriod: duration("Time in which failures do not count"),
      startInterval: duration("Time between two checks in that time"),
      retries: { type: "Int", default: 0, description: "Failures in a row that mean unhealthy" },
    },
    type: "Container!",
    resolve(container, { args, shell, interval, timeout, startPeriod, startInterval, retries }) {
      if (shell && args.length !== 1) {
        throw new ApiError("when shell is true, args must have exactly one element");
      }
      const Healthcheck: Healthcheck = {
        Test: [shell ? "CMD-SHELL" : "CMD", ...args],
        ...(interval ? { Interval: nanoseconds(interval) } : {}),
        ...(timeout ? { Timeout: nanoseconds(timeout) } : {}),
        ...(startPeriod ? { StartPeriod: nanoseconds(startPeriod) } : {}),
        ...(startInterval ? { StartInterval: nanoseconds(startInterval) } : {}),
        ...(retries ? { Retries: retries } : {}),
      };
      return withoutImageRef({ ...container, image: { ...container.image, Healthcheck } });
    },
  },
  withoutDockerHealthcheck: {
    description: "The container without such a command.",
    args: {},
    type: "Container!",
    resolve(container) {
      const { Healthcheck: _gone, ...image } = container.image ?? {};
      return withoutImageRef({ ...container, image });
    },
  },
};

function time(name: keyof Healthcheck, description: string): Field<Healthcheck> {
  return {
    description,
    args: {},
    type: "String!",
    resolve: (check) => durationText(Number(check[name] ?? 0)),
  };
}

export const healthcheckType = defineType<Healthcheck>({
  name: "HealthcheckConfig",
  description: "How a container's health is asked for.",
  fields: {
    args: {
      description: "The command.",
      args: {},
      type: "[String!]!",
      resolve: ({ Test }) => (Test ?? []).slice(1),
    },
    shell: {
      description: "Is the command one text for the shell?",
      args: {},
      type: "Boolean!",
      resolve: ({ Test }) => Test?.[0] === "CMD-SHELL",
    },
    interval: time("Interval", "Time between two checks."),
    timeout: time("Timeout", "Longest time for one check."),
    startPeriod: time("StartPeriod", "Time in which failures do not count."),
    startInterval: time("StartInterval", "Time between two checks in that time."),
    retries: {
      description: "Failures in a row that mean unhealthy.",
      args: {},
      type: "Int!",
      resolve: ({ Retries }) => Retries ?? 0,
    },
  },
});
