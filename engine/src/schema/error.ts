import { defineType } from "./define.ts";

/** An error as a value: what a function answers instead of a result. */
export interface ApiErrorValue {
  readonly message: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

export const errorType = defineType<ApiErrorValue>({
  name: "Error",
  description: "An error as a value.",
  fields: {
    message: {
      description: "What went wrong.",
      args: {},
      type: "String!",
      resolve: ({ message }) => message,
    },
    values: {
      description: "What is known of it beside the message.",
      args: {},
      type: "[ErrorValue!]!",
      resolve: ({ values }) => values,
    },
    withValue: {
      description: "The error with one more thing that is known of it.",
      args: {
        name: { type: "String!", description: "What it is" },
        value: { type: "JSON!", description: "Its value as JSON" },
      },
      type: "Error!",
      resolve: (error, { name, value }): ApiErrorValue => ({
        ...error,
        values: [...error.values, { name, value }],
      }),
    },
  },
});

export const errorValueType = defineType<{ name: string; value: string }>({
  name: "ErrorValue",
  description: "One thing that is known of an error.",
  fields: {
    name: { description: "What it is.", args: {}, type: "String!", resolve: ({ name }) => name },
    value: {
      description: "Its value as JSON.",
      args: {},
      type: "JSON!",
      resolve: ({ value }) => value,
    },
  },
});
