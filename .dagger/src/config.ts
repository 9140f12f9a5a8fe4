import { LineCounter, parseDocument } from "yaml";
import { type Component, readComponents } from "./config/components.ts";
import { type Environment, readEnvironments } from "./config/environments.ts";
import { type HostConfig, hostsOf } from "./config/hosts.ts";
import { type IntegrationTestConfig, readIntegrationTest } from "./config/integration-test.ts";
import { type LoadTestConfig, readLoadTest } from "./config/load-test.ts";
import { byPlace, explain, missingFolders, wrongThresholds } from "./config/mistakes.ts";
import { type ReleaseConfig, readReleaseConfig } from "./config/release.ts";
import type { RolloutSettings } from "./config/rollout.ts";
import { configSchema, type RawConfig } from "./config/schema.ts";
import { readTimeouts, type Timeouts } from "./config/stages.ts";
import { cleanPath, detectDockerfiles, detectTerraform } from "./layout.ts";

/** kitchen.yaml and what was detected, complete. */
export interface Config {
  readonly components: readonly Component[];
  /** environments that releases can be deployed to */
  readonly hosts: readonly HostConfig[];
  readonly terraform: readonly string[];
  readonly environments: readonly Environment[];
  /** folders that hold a Dockerfile */
  readonly dockerfiles: readonly string[];
  /** address of the repository, for people */
  readonly repository: string | undefined;
  readonly baseline: string | undefined;
  readonly integrationTest: IntegrationTestConfig;
  readonly loadTest: LoadTestConfig;
  readonly release: ReleaseConfig;
  /** undefined: nothing can be promoted */
  readonly rollout: RolloutSettings | undefined;
  readonly timeouts: Timeouts;
}

/** kitchen.yaml cannot be used; the message names each mistake with its line. */
export class ConfigError extends Error {}

/**
 * Reads kitchen.yaml (or nothing) against the paths that the repository has.
 *
 * @param text contents of the file, undefined when there is none
 * @param paths every `pyproject.toml`, `*.tf` and Dockerfile of the repository, relative to its root
 */
export function readConfig(text: string | undefined, paths: readonly string[]): Config {
  const raw = text === undefined ? {} : parse(text, paths);
  const components = readComponents(raw.components, paths);
  return {
    components,
    hosts: hostsOf(raw.environments),
    terraform: raw.terraform?.map(cleanPath) ?? detectTerraform(paths),
    environments: readEnvironments(raw, paths),
    dockerfiles: detectDockerfiles(paths),
    repository: raw.repository,
    baseline: raw.baseline,
    integrationTest: readIntegrationTest(raw.stages?.integrationTest, components),
    loadTest: readLoadTest(raw.stages?.loadTest, paths),
    release: readReleaseConfig(raw),
    rollout: raw.rollout,
    timeouts: readTimeouts(raw.stages),
  };
}

function parse(text: string, paths: readonly string[]): RawConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistakes = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `kitchen.yaml:${line}:${col} ${message}`;
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes.join("\n"));
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const messages = parsed.error.issues.flatMap((issue) => explain(issue, document, lines));
    throw new ConfigError(messages.sort(byPlace).join("\n"));
  }
  const missing = [
    ...missingFolders(parsed.data, paths, document, lines),
    ...wrongThresholds(parsed.data, document, lines),
  ];
  if (missing.length > 0) throw new ConfigError(missing.sort(byPlace).join("\n"));
  return parsed.data;
}
