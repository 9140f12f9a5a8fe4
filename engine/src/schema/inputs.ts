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
];
