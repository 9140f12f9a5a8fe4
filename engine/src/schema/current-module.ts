import { defineType, type ObjectType } from "./define.ts";
import { type ApiErrorValue, errorType, errorValueType } from "./error.ts";
import { callOf, functionCallArgValueType, functionCallType } from "./function-call.ts";

const currentModuleType = defineType<object>({
  name: "CurrentModule",
  description: "The module whose function runs.",
  fields: {
    name: {
      description: "Its name.",
      args: {},
      type: "String!",
      resolve: (_self, _args, session) => callOf(session).moduleName,
    },
    source: {
      description: "The directory of its source.",
      args: {},
      type: "Directory!",
      resolve: (_self, _args, session) => callOf(session).moduleSource(),
    },
  },
});

const queryType = defineType<object>({
  name: "Query",
  description: "",
  fields: {
    currentModule: {
      description: "The module whose function runs.",
      args: {},
      type: "CurrentModule!",
      resolve: (_query, _args, session) => {
        callOf(session);
        return {};
      },
    },
    currentFunctionCall: {
      description: "The call that a function runs for.",
      args: {},
      type: "FunctionCall!",
      resolve: (_query, _args, session) => {
        callOf(session);
        return {};
      },
    },
    error: {
      description: "An error as a value.",
      args: { message: { type: "String!", description: "What went wrong" } },
      type: "Error!",
      resolve: (_query, { message }): ApiErrorValue => ({ message, values: [] }),
    },
  },
});

/** What the API has for functions that run, beside what everybody may ask. */
export const callTypes: readonly ObjectType[] = [
  queryType,
  currentModuleType,
  functionCallType,
  functionCallArgValueType,
  errorType,
  errorValueType,
];
