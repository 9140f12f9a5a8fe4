import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { galleyPath } from "../end-to-end/repository.ts";
import { runAction } from "./actions.ts";
import { type Job, readWorkflows, type Step } from "./workflow.ts";

/** What GitHub starts a workflow with. */
export interface Event {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** `github.ref`, `github.sha` */
  readonly ref: string;
  readonly sha: string;
  readonly repository: string;
  readonly token: string;
  /** default: somebody */
  readonly actor?: string;
  readonly apiUrl: string;
  /** settings of the repository and its environments: `vars`, `secrets` */
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** what was given when it was started by hand */
  readonly inputs?: Readonly<Record<string, string>>;
  /** of the values of a job's matrix, those of this run */
  readonly matrix?: Readonly<Record<string, string>>;
  /** number of the run (default: 1), and a folder that keeps the artifacts of all runs */
  readonly runId?: string;
  readonly artifacts?: string;
  /** outputs of the jobs that this one needs */
  readonly needs?: Readonly<Record<string, { readonly outputs: JobRun["outputs"] }>>;
}

/** A step that was taken, or passed over by its `if`. */
export interface Taken {
  readonly step: string;
  readonly taken: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly with: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly output: string;
}

export interface JobRun {
  /** none: the job's `if` does not hold */
  readonly steps: readonly Taken[];
  readonly exitCode: number;
  /** what the job shows on the page of its run */
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs the `run` steps of a job as GitHub's runner does, in a folder that is its checkout, with
 * `dagger` being galley. Of actions only that is done which the steps after them need.
 */
export async function runJob(
  file: string,
  name: string,
  event: Event,
  cwd: string,
): Promise<JobRun> {
  const job = calledJob(file, name);
  const folder = mkdtempSync(join(tmpdir(), "workflow-"));
  try {
    writeFileSync(
      join(folder, "dagger"),
      `#!/bin/sh\nexec '${process.execPath}' '${galleyPath}' "$@"\n`,
      { mode: 0o755 },
    );
    writeFileSync(join(folder, "gh"), `#!/bin/sh\nexec '${process.execPath}' '${ghPath}' "$@"\n`, {
      mode: 0o755,
    });
    for (const name of ["summary", "output"]) writeFileSync(join(folder, name), "");
    return await runSteps(job, event, cwd, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ghPath = fileURLToPath(new URL("gh.mjs", import.meta.url));

async function runSteps(
  job: {
    readonly job: Job;
    readonly inputs: Readonly<Record<string, string>>;
    /** of the whole workflow */
    readonly env: Readonly<Record<string, string>>;
  },
  event: Event,
  cwd: string,
  folder: string,
): Promise<JobRun> {
  const contexts: Record<string, unknown> = {
    github: {
      event: event.payload,
      event_name: event.name,
      ref: event.ref,
      sha: event.sha,
      repository: event.repository,
      token: event.token,
      api_url: event.apiUrl,
      run_id: event.runId ?? "1",
      run_attempt: "1",
      actor: event.actor ?? "somebody",
      server_url: "https://github.example",
    },
    inputs: { ...job.inputs, ...event.inputs },
    vars: event.vars ?? {},
    secrets: event.secrets ?? {},
    needs: event.needs ?? {},
    matrix: event.matrix ?? {},
    steps: {},
    env: {},
  };
  if (job.job.if !== undefined && !isTrue(job.job.if, contexts)) {
    return { steps: [], exitCode: 0, summary: "", outputs: {} };
  }
  let jobEnv = evaluated({ ...job.env, ...job.job.env }, contexts);
  const outputs: Record<string, unknown> = {};
  const taken: Taken[] = [];
  let exitCode = 0;
  for (const step of job.job.steps) {
    const env = { ...jobEnv, ...evaluated(step.env, { ...contexts, env: jobEnv, steps: outputs }) };
    const all = { ...contexts, env, steps: outputs };
    const always = step.if === "always()";
    const wanted = always || (exitCode === 0 && (step.if === undefined || isTrue(step.if, all)));
    const what = { step: nameOf(step), taken: wanted, env, with: evaluated(step.with, all) };
    const action = step.uses?.split("@")[0] ?? "";
    const files = { cwd, artifacts: event.artifacts, run: event.runId ?? "1" };
    const ran = wanted ? await take(step) : nothing;
    exitCode ||= ran.exitCode;
    taken.push({ ...what, exitCode: ran.exitCode, output: ran.output });
    jobEnv = { ...jobEnv, ...ran.env };
    if (step.id && wanted) outputs[step.id] = { outputs: ran.outputs };

    async function take({ run }: Step) {
      if (run === undefined) return { ...nothing, ...runAction(action, what.with, files) };
      const script = await runScript(run, { ...env, GITHUB_API: event.apiUrl }, cwd, folder);
      return { ...nothing, ...script, outputs: outputsIn(join(folder, "output")) };
    }
  }
  const summary = readFileSync(join(folder, "summary"), "utf8");
  const given = evaluated(job.job.outputs ?? {}, { ...contexts, steps: outputs });
  return { steps: taken, exitCode, summary, outputs: given };
}

/** Of a step that did not do anything. */
const nothing = {
  exitCode: 0,
  output: "",
  env: {} as Readonly<Record<string, string>>,
  outputs: {} as Readonly<Record<string, string>>,
};

/** What a step wrote to GITHUB_OUTPUT. */
function outputsIn(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const pairs = readFileSync(path, "utf8").matchAll(/^(\w+)=(.*)$/gmu);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, value]));
}

/** A job, or the only one of the workflow that it calls, with the inputs that it gets. */
function calledJob(file: string, name: string) {
  const find = (wanted: string) => {
    const found = readWorkflows().find((each) => each.file === wanted);
    if (!found) throw new Error(`there is no workflow ${wanted}`);
    return found;
  };
  const job = find(file).jobs[name];
  if (!job) throw new Error(`${file} has no job ${name}`);
  if (!job.uses) return { job, inputs: {}, env: find(file).env };
  const called = find(job.uses.replace("./.github/workflows/", ""));
  const [only] = Object.values(called.jobs);
  const call = called.on.workflow_call as { inputs?: Record<string, { default?: string }> };
  const defaults = Object.entries(call.inputs ?? {}).map(([key, { default: value = "" }]) => [
    key,
    value,
  ]);
  return {
    job: only as Job,
    env: called.env,
    inputs: { ...Object.fromEntries(defaults), ...job.with },
  };
}

function nameOf(step: Step): string {
  return step.name ?? step.uses?.split("@")[0] ?? "";
}

function evaluated(
  values: Readonly<Record<string, string>>,
  contexts: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.replace(/\$\{\{(.*?)\}\}/gsu, (_all, inside: string) =>
        evaluate(inside, contexts).coerceString(),
      ),
    ]),
  );
}

function isTrue(condition: string, contexts: Readonly<Record<string, unknown>>): boolean {
  const inside = /^\$\{\{(.*)\}\}$/su.exec(condition.trim())?.[1] ?? condition;
  const value = evaluate(inside, contexts);
  return value.coerceString() === "true";
}

function evaluate(expression: string, contexts: Readonly<Record<string, unknown>>) {
  const { tokens } = new Lexer(expression).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), []).parse();
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, values).evaluate();
}

/** As GitHub runs a script that names no shell. */
function runScript(
  script: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
  folder: string,
): Promise<{ exitCode: number; output: string }> {
  const file = join(folder, "step.sh");
  writeFileSync(file, script);
  const { PATH = "", HOME = "", GALLEY_CACHE } = process.env;
  const child = spawn("bash", ["-e", file], {
    cwd,
    env: {
      ...env,
      PATH: `${folder}:${PATH}`,
      HOME,
      ...(GALLEY_CACHE ? { GALLEY_CACHE } : {}),
      ...machine(),
      CI: "true",
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      GITHUB_OUTPUT: join(folder, "output"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

/** How this machine reaches package registries. */
function machine(): Record<string, string> {
  const wanted = /CERT|CA_BUNDLE|proxy|^(?:PIP|UV|NPM|npm|GO)/iu;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && wanted.test(name) ? [[name, value] as const] : [],
    ),
  );
}
