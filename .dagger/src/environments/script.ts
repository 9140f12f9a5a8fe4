import type { Container, Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { ownWords } from "../images/why.ts";
import type { Manifest } from "../release/manifest.ts";
import { isExecError } from "../toolbox/exec-error.ts";
import { toolVenv } from "../toolbox/python.ts";
import {
  changedSchema,
  currentSchema,
  type Environment,
  EnvironmentError,
  logsSchema,
  Overtaken,
  observationSchema,
  readySchema,
  recalledSchema,
  removedSchema,
  smokeSchema,
} from "./environment.ts";

/** Asks the script of a kind. */
export type Ask = <T extends z.ZodType>(
  command: string,
  schema: T,
  request?: object,
) => Promise<z.infer<T>>;

/** Exit code of the scripts. */
const overtaken = 3;

/** Answer of what only does something. */
const done = z.object({});

/**
 * The contract, each function of it a command of a script.
 *
 * @param prepared a release as the script deploys it
 * @throws EnvironmentError when `prepared` throws it: the environment cannot run that release
 */
export function scriptedEnvironment(
  ask: Ask,
  prepared: (release: Manifest) => object,
): Environment & Required<Pick<Environment, "memory">> {
  return {
    deploy: (release, slot, revision) =>
      ask("deploy", changedSchema, {
        ...prepared(release),
        slot: slot ?? null,
        revision: revision ?? null,
      }),
    misfit(release) {
      try {
        prepared(release);
        return undefined;
      } catch (error) {
        if (error instanceof EnvironmentError) return error.message;
        throw error;
      }
    },
    setWeights: (weights, revision) =>
      ask("set-weights", changedSchema, { weights, revision: revision ?? null }),
    observe: (seconds) => ask("observe", observationSchema, { seconds }),
    current: () => ask("current", currentSchema),
    logs: (lines) => ask("logs", logsSchema, { lines }),
    smoke: (slot) => ask("smoke", smokeSchema, { slot: slot ?? null }),
    rollback: (release, revision) =>
      ask("rollback", changedSchema, { to: release, revision: revision ?? null }),
    memory: {
      recall: () => ask("recall", recalledSchema),
      async remember(document, revision, expected) {
        await ask("remember", done, { document, revision, expected: expected ?? null });
      },
      async append(line, before) {
        await ask("append", done, { line, before: before ?? null });
      },
    },
    remove: (data) => ask("remove", removedSchema, { data }),
  };
}

/** The contract's `ready`, of kinds whose script has a command for it. */
export function readyBy(
  ask: Ask,
  prepared: (release: Manifest) => object,
): Required<Pick<Environment, "ready">> {
  return {
    async ready(release) {
      const { problems } = await ask("ready", readySchema, prepared(release));
      return problems;
    },
  };
}

/**
 * Runs `python FOLDER COMMAND REQUEST RESULT`, both of them JSON.
 *
 * @param step what the script runs in, and what it needs
 * @throws EnvironmentError with the script's own words
 */
export async function runScript<T extends z.ZodType>(
  step: Container,
  scripts: Directory,
  command: string,
  request: object,
  schema: T,
): Promise<z.infer<T>> {
  try {
    const text = await step
      .withDirectory("/kitchen/environment", scripts)
      .withNewFile("/kitchen/request.json", JSON.stringify(request))
      // What an environment holds is no function of what it was asked before: asked anew each time.
      .withEnvVariable("KITCHEN_RUN", crypto.randomUUID())
      .withExec([
        `${toolVenv}/bin/python`,
        "/kitchen/environment",
        command,
        "/kitchen/request.json",
        "/kitchen/result.json",
      ])
      .file("/kitchen/result.json")
      .contents();
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (isExecError(error)) {
      throw new (error.exitCode === overtaken ? Overtaken : EnvironmentError)(ownWords(error));
    }
    throw error;
  }
}
