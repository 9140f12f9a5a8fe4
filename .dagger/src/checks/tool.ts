import type { Container, Directory } from "@dagger.io/dagger";
import type { Component } from "../config/components.ts";
import type { Config } from "../config.ts";
import type { RawFinding, TestCase } from "../report/finding.ts";

/** What tools look at. */
export interface Project {
  readonly source: Directory;
  readonly config: Config;
}

/** One part of the repository, with nothing in it that the tool does not read. */
export interface Target {
  /** as shown to people */
  readonly name: string;
  readonly source: Directory;
  /** folder that the tool stands in, relative to the repository; findings are relative to it */
  readonly path: string;
  readonly component?: Component;
  /** files with settings of tools that lie at the repository's root, for components below it */
  readonly settings?: Directory;
  /** what comes of it depends on the world too: it is looked at anew each day */
  readonly daily?: boolean;
}

/** What a tool's exit code means; one that is not listed is an error, never clean. */
export type ExitCodes = Readonly<Record<number, "clean" | "findings">>;

/** What a tool wrote. */
export interface ToolOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** contents of the files that `Tool.outputs` names, as far as they were written */
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly exitCode: number;
}

export interface Parsed {
  readonly findings: readonly RawFinding[];
  readonly tests?: readonly TestCase[];
  /** percent */
  readonly coverage?: number;
  /** why the output shows that the tool could not do its work */
  readonly problem?: string;
}

/** A tool: what it needs, what it runs, what its exit codes mean, how its output is read. */
export interface Tool {
  readonly name: string;
  /** asks the tool itself: what stands in the lock is what it says */
  readonly version: readonly string[];
  targets(project: Project): Promise<readonly Target[]>;
  container(target: Target): Promise<Container>;
  /** the command, for a folder of the container that holds the target */
  command(target: Target): Promise<readonly string[]> | readonly string[];
  /** files below `outputFolder` that the tool writes */
  readonly outputs?: readonly string[];
  readonly exitCodes: ExitCodes;
  parse(output: ToolOutput, target: Target): Parsed;
  /** a reason not to run it now, which is not a pass */
  notRun?(output: ToolOutput): string | undefined;
}

/** The repository's root in a tool's container: findings are relative to it. */
export const root = "/src";

/** A folder of a tool's container for what the tool writes. */
export const outputFolder = "/kitchen";
