import { posix } from "node:path";
import { workdirMade } from "../../graph/operations/docker-copy.ts";
import { type Instruction, mistake, readInstruction } from "../../images/dockerfile/dockerfile.ts";
import { expandWord, splitWords } from "../../images/dockerfile/words.ts";
import type { Healthcheck } from "../../images/image.ts";
import { ApiError } from "../../tree/api-error.ts";
import { withNamed, withPort } from "../container-values.ts";
import { nanoseconds } from "../duration.ts";
import type { Container, ImageExtras, Port } from "../values.ts";
import { copy } from "./copy.ts";
import { run } from "./run.ts";
import { type Build, lookupIn, type Stage } from "./stage.ts";

type Apply = (stage: Stage, instruction: Instruction, build: Build) => Stage | Promise<Stage>;

/** The stage after an instruction; what is wrong with it is said with its line. */
export async function apply(stage: Stage, instruction: Instruction, build: Build): Promise<Stage> {
  const handler = table[instruction.keyword];
  if (!handler) {
    throw mistake(instruction.line, `galley has no ${instruction.keyword} in a Dockerfile`);
  }
  try {
    return await handler(stage, instruction, build);
  } catch (error) {
    if (!(error instanceof ApiError) || error.message.includes("parse error on line")) throw error;
    throw mistake(instruction.line, `${instruction.keyword}: ${error.message}`);
  }
}

const table: Readonly<Record<string, Apply>> = {
  ADD: copy,
  ARG: declare,
  CMD: (stage, instruction) => ({
    ...withContainer(stage, { defaultArgs: command(stage, instruction) }),
    cmdSet: true,
  }),
  COPY: copy,
  ENTRYPOINT: (stage, instruction) =>
    withContainer(stage, {
      entrypoint: command(stage, instruction),
      ...(stage.cmdSet ? {} : { defaultArgs: [] }),
    }),
  ENV: (stage, instruction, build) =>
    withContainer(stage, {
      env: pairs(stage, instruction, build).reduce<Container["env"]>(
        withNamed,
        stage.container.env,
      ),
    }),
  EXPOSE: expose,
  HEALTHCHECK: (stage, instruction) => withImage(stage, { Healthcheck: healthcheck(instruction) }),
  LABEL: (stage, instruction, build) =>
    withContainer(stage, {
      labels: pairs(stage, instruction, build).reduce<Container["labels"]>(
        withNamed,
        stage.container.labels,
      ),
    }),
  MAINTAINER: (stage) => stage,
  ONBUILD: (stage, { text, line }) => {
    const { keyword } = readInstruction(text, line);
    if (["FROM", "MAINTAINER", "ONBUILD"].includes(keyword)) {
      throw mistake(line, `${keyword} isn't allowed as an ONBUILD trigger`);
    }
    return withImage(stage, { OnBuild: [...(stage.container.image?.OnBuild ?? []), text] });
  },
  RUN: run,
  SHELL: (stage, { json, line }) => {
    if (!json?.length) throw mistake(line, "SHELL requires the arguments to be in JSON form");
    return { ...withImage(stage, { Shell: json }), shell: json };
  },
  STOPSIGNAL: (stage, { text }, build) =>
    withImage(stage, { StopSignal: expanded(text, stage, build) }),
  USER: (stage, { text }, build) => withContainer(stage, { user: expanded(text, stage, build) }),
  VOLUME: (stage, instruction, build) => {
    const before = stage.container.image?.Volumes ?? [];
    const added = words(stage, instruction, build);
    return withImage(stage, { Volumes: [...new Set([...before, ...added])] });
  },
  WORKDIR: (stage, { text }, build) => {
    const { container } = stage;
    const path = posix.resolve(container.workdir || "/", expanded(text, stage, build));
    const rootfs = workdirMade({ path, user: container.user }, [container.rootfs]);
    return withContainer(stage, { workdir: path, rootfs });
  },
};

function withContainer(stage: Stage, change: Partial<Container>): Stage {
  return { ...stage, container: { ...stage.container, ...change } };
}

function withImage(stage: Stage, change: ImageExtras): Stage {
  return withContainer(stage, { image: { ...stage.container.image, ...change } });
}

function expanded(text: string, stage: Stage, { escapeChar }: Build): string {
  return expandWord(text, lookupIn(stage), escapeChar);
}

/** The exec form as it is, the shell form behind the stage's shell. */
function command({ shell }: Stage, { json, text }: Instruction): readonly string[] {
  if (json) return json;
  return text === "" ? [] : [...shell, text];
}

function words(stage: Stage, { json, text }: Instruction, build: Build): string[] {
  return (json ?? splitWords(text, build.escapeChar)).map((word) => expanded(word, stage, build));
}

/** `A=1 B=2`, or `A the rest`. All see the variables as they were before the instruction. */
function pairs(
  stage: Stage,
  { keyword, text, line }: Instruction,
  build: Build,
): { name: string; value: string }[] {
  const parts = splitWords(text, build.escapeChar);
  const [first = ""] = parts;
  if (!first.includes("=")) {
    const value = text.slice(first.length).trim();
    if (value === "") throw mistake(line, `${keyword} must have two arguments`);
    return [{ name: expanded(first, stage, build), value: expanded(value, stage, build) }];
  }
  return parts.map((part) => {
    const at = part.indexOf("=");
    if (at < 0) {
      throw mistake(
        line,
        `Syntax error - can't find = in ${JSON.stringify(part)}. Must be of the form: name=value`,
      );
    }
    const name = expanded(part.slice(0, at), stage, build);
    if (name === "") throw mistake(line, `${keyword} names can not be blank`);
    return { name, value: expanded(part.slice(at + 1), stage, build) };
  });
}

function declare(stage: Stage, { text }: Instruction, build: Build): Stage {
  const args = new Map(stage.args);
  for (const word of splitWords(text, build.escapeChar)) {
    const at = word.indexOf("=");
    const name = at < 0 ? word : word.slice(0, at);
    const fallback =
      at < 0
        ? (build.globals.get(name) ?? build.platformArgs.get(name))
        : expandWord(word.slice(at + 1), lookupIn({ ...stage, args }), build.escapeChar);
    args.set(name, build.options.buildArgs.get(name) ?? fallback);
  }
  return { ...stage, args };
}

function expose(stage: Stage, instruction: Instruction, build: Build): Stage {
  let { ports } = stage.container;
  for (const word of words(stage, instruction, build)) {
    const {
      from,
      to,
      protocol = "tcp",
    } = /^(?<from>\d+)(?:-(?<to>\d+))?(?:\/(?<protocol>tcp|udp))?$/iu.exec(word)?.groups ?? {};
    if (!from || Number(to ?? from) > 65_535) {
      throw mistake(instruction.line, `invalid containerPort: ${word}`);
    }
    for (let port = Number(from); port <= Number(to ?? from); port++) {
      const added: Port = {
        port,
        protocol: protocol.toLowerCase() === "udp" ? "UDP" : "TCP",
        experimentalSkipHealthcheck: false,
      };
      ports = withPort(ports, added);
    }
  }
  return withContainer(stage, { ports });
}

const healthcheckFlags: Readonly<Record<string, keyof Healthcheck>> = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
};

function healthcheck({ flags, text, json, line }: Instruction): Healthcheck {
  if (/^none$/iu.test(text)) return { Test: ["NONE"] };
  const command = /^cmd\s+(?<rest>.+)$/isu.exec(text)?.groups?.rest;
  if (!command)
    throw mistake(line, `Unknown type ${JSON.stringify(text)} in HEALTHCHECK (try CMD)`);
  const check: Record<string, unknown> = { Test: json ? ["CMD", ...json] : ["CMD-SHELL", command] };
  for (const { name, value = "" } of flags) {
    const key = healthcheckFlags[name];
    if (key) check[key] = nanoseconds(value);
    else if (name === "retries" && /^\d+$/u.test(value)) check.Retries = Number(value);
    else throw mistake(line, `unknown flag: --${name}`);
  }
  return check as Healthcheck;
}
