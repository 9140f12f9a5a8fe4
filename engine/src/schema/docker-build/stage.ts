import type { Lookup } from "../../images/dockerfile/words.ts";
import type { Session } from "../define.ts";
import type { Container } from "../values.ts";
import type { DockerBuild } from "./docker-build.ts";

/** One stage, after some of its instructions. */
export interface Stage {
  readonly index: number;
  readonly container: Container;
  /** ARGs that were declared, with their values; undefined: declared without one */
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly shell: readonly string[];
  /** has this stage said CMD? An ENTRYPOINT drops what a base image said. */
  readonly cmdSet: boolean;
}

/** What all stages of a build share. */
export interface Build {
  readonly options: DockerBuild;
  readonly escapeChar: string;
  readonly session: Session;
  /** ARGs before the first FROM */
  readonly globals: ReadonlyMap<string, string>;
  readonly platformArgs: ReadonlyMap<string, string>;
  /** an earlier stage by its name or number */
  stage(name: string, before: number): Promise<Stage> | undefined;
}

/** A stage's variables as its instructions see them: ENV goes before ARG. */
export function lookupIn({ container, args }: Stage): Lookup {
  return (name) => container.env.findLast((each) => each.name === name)?.value ?? args.get(name);
}
