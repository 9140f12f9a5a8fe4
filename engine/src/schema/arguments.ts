import type { Argument } from "./define.ts";

/** Arguments that many fields have, said once. */

export const path = (description: string): Argument => ({ type: "String!", description });

export const selection: Readonly<Record<string, Argument>> = {
  exclude: {
    type: "[String!]",
    default: [],
    description: 'Patterns of what is left out (example: ["node_modules/", "**/*.pyc"])',
  },
  include: {
    type: "[String!]",
    default: [],
    description: "Patterns of what is taken; without any, everything is",
  },
  gitignore: {
    type: "Boolean",
    default: false,
    description: "Leave out what the .gitignore files in it name",
  },
};

export const permissions: Argument = {
  type: "Int",
  description: "Permission bits of what is written (example: 0755 as the number 493)",
};

export const owner: Argument = {
  type: "String",
  default: "",
  description: "Owner as user or user:group, by name or id; without a group it is the user's",
};

export const expand: Argument = {
  type: "Boolean",
  default: false,
  description: "Replace ${NAME} and $NAME by the container's own variables first",
};

export const timestamp: Argument = {
  type: "Int!",
  description: "Seconds since the epoch",
};

export const followLinks: Argument = {
  type: "Boolean",
  default: false,
  description: "Look at a symbolic link itself instead of what it points to",
};

export const expectedType: Argument = {
  type: "ExistsType",
  description: "Only if it is of this kind",
};

export const noCache: Argument = {
  type: "Boolean",
  default: false,
  description: "Read it anew, though it was read in this session already",
};
