import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { type CurrentCall, defineType, type Session } from "./define.ts";
import type { ApiErrorValue } from "./error.ts";

/** The call that a request comes from; nobody else has one. */
export function callOf(session: Session): CurrentCall {
  if (session.call) return session.call;
  throw new ApiError("no current function call: only a module's function can ask this");
}

/** A call of a module's function, as the function's own process sees it. */
export const functionCallType = defineType<object>({
  name: "FunctionCall",
  description: "The call that a function runs for.",
  fields: {
    name: {
      description: "The function's name; empty for a constructor.",
      args: {},
      type: "String!",
      resolve: (_self, _args, session) => callOf(session).name,
    },
    parentName: {
      description: "The name of the class that the function belongs to.",
      args: {},
      type: "String!",
      resolve: (_self, _args, session) => callOf(session).parentName,
    },
    parent: {
      description: "The fields of the object that the function is called on.",
      args: {},
      type: "JSON!",
      resolve: (_self, _args, session) => JSON.stringify(callOf(session).parent),
    },
    inputArgs: {
      description: "The arguments.",
      args: {},
      type: "[FunctionCallArgValue!]!",
      resolve: (_self, _args, session) => callOf(session).args,
    },
    returnValue: {
      description: "Answers the call.",
      args: { value: { type: "JSON!", description: "The answer as JSON" } },
      type: "Void",
      resolve: (_self, { value }, session) => callOf(session).returnValue(JSON.parse(value)),
    },
    returnError: {
      description: "Ends the call with an error.",
      args: { error: { type: "ID!", description: "The error" } },
      type: "Void",
      async resolve(_self, { error }, session) {
        const { message, values } = await session.load<ApiErrorValue>("Error", error);
        const extensions = values.map(({ name, value }) => [name, JSON.parse(value) as Json]);
        callOf(session).returnError(message, Object.fromEntries(extensions));
      },
    },
  },
});

export const functionCallArgValueType = defineType<{ name: string; value: Json }>({
  name: "FunctionCallArgValue",
  description: "One argument of a call.",
  fields: {
    name: {
      description: "Its name.",
      args: {},
      type: "String!",
      resolve: ({ name }) => name,
    },
    value: {
      description: "Its value as JSON.",
      args: {},
      type: "JSON!",
      resolve: ({ value }) => JSON.stringify(value),
    },
  },
});
