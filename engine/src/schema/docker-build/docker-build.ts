import type { Operation } from "../../graph/operation.ts";
import { type Instruction, mistake, parseDockerfile } from "../../images/dockerfile/dockerfile.ts";
import { expandWord, splitWords } from "../../images/dockerfile/words.ts";
import { ApiError } from "../../tree/api-error.ts";
import type { Tree } from "../../tree/tree.ts";
import { emptyContainer } from "../container-values.ts";
import type { Session } from "../define.ts";
import { fromImage } from "../from-image.ts";
import type { Container } from "../values.ts";
import { apply } from "./instructions.ts";
import type { Build, Stage } from "./stage.ts";

export interface DockerBuild {
  /** the build context, without what .dockerignore names */
  readonly context: Operation<Tree>;
  readonly dockerfile: string;
  readonly platform: string;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** the last stage when empty */
  readonly target: string;
  /** names of secrets that RUN --mount=type=secret can ask for, and what stands for them */
  readonly secrets: ReadonlyMap<string, string>;
  /** the socket of an SSH agent for RUN --mount=type=ssh: a path of this machine */
  readonly agent?: string;
  readonly noInit: boolean;
}

/**
 * The container that a Dockerfile describes. Its instructions become the operations that the API's
 * own fields make, so that each is kept, shown and run like any other step (docs/decisions/007).
 */
export async function dockerBuild(
  source: string,
  options: DockerBuild,
  session: Session,
): Promise<Container> {
  const { instructions, escapeChar } = parseDockerfile(source);
  const { stages, globals } = splitStages(instructions);
  const platformArgs = platformArguments(options.platform);
  const built = new Map<number, Promise<Stage>>();
  const build: Build = {
    options,
    escapeChar,
    session,
    globals: globalArguments(globals, options, platformArgs, escapeChar),
    platformArgs,
    stage: (name, before) => {
      const index = findStage(stages, name, before);
      return index === undefined ? undefined : stageAt(index);
    },
  };
  const wanted = options.target === "" ? stages.length - 1 : findStage(stages, options.target);
  if (wanted === undefined) {
    throw new ApiError(
      `failed to convert Dockerfile to LLB: target stage ${JSON.stringify(options.target)} could not be found`,
    );
  }
  return (await stageAt(wanted)).container;

  function stageAt(index: number): Promise<Stage> {
    const known = built.get(index) ?? runStage(stages[index] as StageSource, index, build);
    built.set(index, known);
    return known;
  }
}

interface StageSource {
  readonly from: Instruction;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

function splitStages(instructions: readonly Instruction[]): {
  stages: StageSource[];
  globals: Instruction[];
} {
  const stages: { from: Instruction; name: string | undefined; instructions: Instruction[] }[] = [];
  const globals: Instruction[] = [];
  for (const instruction of instructions) {
    const current = stages.at(-1);
    if (instruction.keyword === "FROM") {
      const words = instruction.text.split(/\s+/u);
      if (words.length !== 1 && !(words.length === 3 && words[1]?.toLowerCase() === "as")) {
        throw mistake(instruction.line, "FROM requires either one or three arguments");
      }
      stages.push({ from: instruction, name: words[2]?.toLowerCase(), instructions: [] });
    } else if (current) current.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globals.push(instruction);
    else throw mistake(instruction.line, "no build stage in current context");
  }
  if (stages.length === 0)
    throw new ApiError("failed to convert Dockerfile to LLB: no build stage");
  return { stages, globals };
}

/** A stage by its name or its number, among those before another one. */
function findStage(
  stages: readonly StageSource[],
  name: string,
  before = stages.length,
): number | undefined {
  const earlier = stages.slice(0, before);
  const named = earlier.findLastIndex((stage) => stage.name === name.toLowerCase());
  if (named >= 0) return named;
  const index = /^\d+$/u.test(name) ? Number(name) : before;
  return index < before ? index : undefined;
}

async function runStage(source: StageSource, index: number, build: Build): Promise<Stage> {
  const { from } = source;
  const lookup = (name: string) => build.globals.get(name);
  const platform = from.flags.find(({ name }) => name === "platform")?.value;
  const wanted =
    platform === undefined ? undefined : expandWord(platform, lookup, build.escapeChar);
  if (wanted && wanted !== build.options.platform) {
    throw mistake(
      from.line,
      `FROM --platform=${wanted}: galley builds for its own platform only, ${build.options.platform}`,
    );
  }
  const base = expandWord(from.text.split(/\s+/u)[0] as string, lookup, build.escapeChar);
  if (base === "") throw mistake(from.line, `base name (${from.text}) should not be blank`);
  const earlier = build.stage(base, index);
  let stage: Stage = {
    index,
    container: earlier ? (await earlier).container : await baseImage(base, build),
    args: new Map(),
    shell: ["/bin/sh", "-c"],
    cmdSet: false,
  };
  stage = { ...stage, shell: stage.container.image?.Shell ?? stage.shell };
  if (!earlier) stage = await runTriggers(stage, build);
  for (const instruction of source.instructions) stage = await apply(stage, instruction, build);
  return stage;
}

async function baseImage(reference: string, build: Build): Promise<Container> {
  const empty = emptyContainer(build.options.platform);
  if (reference === "scratch") return empty;
  const { imageRef: _imageRef, ...container } = await fromImage(empty, reference, build.session);
  return container;
}

/** What the base image says ONBUILD. */
async function runTriggers(stage: Stage, build: Build): Promise<Stage> {
  const { OnBuild: triggers, ...image } = stage.container.image ?? {};
  let next: Stage = { ...stage, container: { ...stage.container, image } };
  for (const trigger of triggers ?? []) {
    for (const instruction of parseDockerfile(trigger).instructions) {
      next = await apply(next, instruction, build);
    }
  }
  return next;
}

/** ARG before the first FROM. */
function globalArguments(
  instructions: readonly Instruction[],
  { buildArgs }: DockerBuild,
  platformArgs: ReadonlyMap<string, string>,
  escapeChar: string,
): ReadonlyMap<string, string> {
  const values = new Map(platformArgs);
  for (const { text } of instructions) {
    for (const word of splitWords(text, escapeChar)) {
      const [name = "", ...rest] = word.split("=");
      const fallback = expandWord(rest.join("="), (each) => values.get(each), escapeChar);
      values.set(name, buildArgs.get(name) ?? fallback);
    }
  }
  return values;
}

function platformArguments(platform: string): ReadonlyMap<string, string> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  return new Map(
    ["TARGET", "BUILD"].flatMap((kind): [string, string][] => [
      [`${kind}PLATFORM`, platform],
      [`${kind}OS`, os],
      [`${kind}ARCH`, arch],
      [`${kind}VARIANT`, variant],
    ]),
  );
}
