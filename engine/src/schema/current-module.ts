import { basename, isAbsolute, join, normalize } from "node:path";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import * as arg from "./arguments.ts";
import { defineType, type ObjectType, type Session } from "./define.ts";
import { type ApiErrorValue, errorType, errorValueType } from "./error.ts";
import { callOf, functionCallArgValueType, functionCallType } from "./function-call.ts";
import { modulesOf } from "./module-types/access.ts";
import type { Directory, File } from "./values.ts";

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
    dependencies: {
      description: "The modules that it calls.",
      args: {},
      type: "[Module!]!",
      async resolve(_self, _args, session) {
        const modules = modulesOf(session);
        const sources = modules.current ? await modules.dependencies(modules.current) : [];
        return Promise.all(sources.map((each) => modules.load(each)));
      },
    },
    workdir: {
      description: "A directory of where the function runs, with what it has written there.",
      args: { path: arg.path('Where it is (example: ".")'), ...arg.selection },
      type: "Directory!",
      resolve(_self, { path, include, exclude, gitignore }, session): Directory {
        // What a function writes there changes from one question to the next.
        const selection = { include, exclude, gitignore, nonce: crypto.randomUUID() };
        const tree = hostDirectory({ path: inWorkdir(path, session), ...selection });
        return { tree, path: "" };
      },
    },
    workdirFile: {
      description: "A file of where the function runs, also one that it has written.",
      args: { path: arg.path('Where it is (example: "report.xml")') },
      type: "File!",
      resolve(_self, { path }, session): File {
        const file = hostFile({ path: inWorkdir(path, session), nonce: crypto.randomUUID() });
        return { file, name: basename(path) };
      },
    },
  },
});

function inWorkdir(path: string, session: Session): string {
  const isWithin = path !== "" && !isAbsolute(path) && !/^\.\.(?:\/|$)/u.test(normalize(path));
  if (isWithin) return join(callOf(session).workdir, path);
  throw new ApiError(`workdir path ${JSON.stringify(path)} escapes workdir`);
}

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
