import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What of an action the steps after it see. */
export interface ActionRun {
  readonly exitCode?: number;
  readonly output?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  /** variables of the steps after it */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunFiles {
  /** the checkout */
  readonly cwd: string;
  /** a folder RUN/NAME for each artifact; undefined: they are not kept */
  readonly artifacts: string | undefined;
  /** number of the run */
  readonly run: string;
}

type Inputs = Readonly<Record<string, string>>;

const actions: Readonly<Record<string, (given: Inputs, files: RunFiles) => ActionRun>> = {
  "actions/checkout": ({ ref, path }, { cwd }) => {
    // The one of what started the workflow is there already.
    if (!ref || !path) return {};
    rmSync(join(cwd, path), { recursive: true, force: true });
    mkdirSync(join(cwd, path));
    const found = spawnSync("sh", ["-c", 'git archive "$1" | tar -x -C "$2"', "sh", ref, path], {
      cwd,
    });
    if (found.status === 0) return {};
    return { exitCode: 1, output: `A branch or tag with the name '${ref}' could not be found` };
  },
  "actions/upload-artifact": ({ name = "", path = "", overwrite }, { cwd, artifacts, run }) => {
    if (artifacts && existsSync(join(cwd, path))) {
      const kept = join(artifacts, run, name);
      // A run keeps what its earlier attempts have uploaded.
      if (existsSync(kept) && overwrite !== "true") {
        const why = "(409) Conflict: an artifact with this name already exists on the workflow run";
        return { exitCode: 1, output: `Failed to CreateArtifact: ${why}` };
      }
      rmSync(kept, { recursive: true, force: true });
      cpSync(join(cwd, path), kept, { recursive: true });
    }
    return { outputs: { "artifact-url": "https://github.example/artifacts/1" } };
  },
  "actions/download-artifact": (given, { cwd, artifacts }) => {
    const { name = "", path = "", "run-id": run = "" } = given;
    const from = join(artifacts ?? cwd, run, name);
    if (!existsSync(from)) return { exitCode: 1, output: `Artifact not found for name: ${name}` };
    cpSync(from, join(cwd, path), { recursive: true });
    return {};
  },
  "aws-actions/configure-aws-credentials": () => ({
    env: {
      AWS_ACCESS_KEY_ID: "of-nobody",
      AWS_SECRET_ACCESS_KEY: "of-nobody",
      AWS_SESSION_TOKEN: "of-nobody",
    },
  }),
};

/** Does the part of an action that can be done here. */
export function runAction(name: string, given: Inputs, files: RunFiles): ActionRun {
  return actions[name]?.(given, files) ?? {};
}
