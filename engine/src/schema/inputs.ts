import type { InputType } from "./define.ts";

/** The objects that arguments take. */
export const inputTypes: readonly InputType[] = [
  {
    name: "BuildArg",
    description: "Value of an ARG of a Dockerfile",
    fields: {
      name: { type: "String!", description: "Its name" },
      value: { type: "String!", description: "Its value" },
    },
  },
  {
    name: "PortForward",
    description: "A port, and another one that it stands for",
    fields: {
      backend: { type: "Int!", description: "Port that listens" },
      frontend: { type: "Int", description: "Port at which it is found (default: the same)" },
      protocol: { type: "NetworkProtocol", default: "TCP", description: "Transport layer" },
    },
  },
];
