import type { Container, Directory, Platform } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import type { Component } from "../config/components.ts";
import { defaultDockerfile } from "./default-dockerfile.ts";

/** A service and what its image is built from. */
export interface ImageSource {
  readonly component: Component;
  /** relative to the repository */
  readonly dockerfile: string;
  readonly context: Directory;
  /** address of the repository, for people */
  readonly repository: string | undefined;
  readonly platform?: Platform;
}

/** 1980-01-01: what tools that honour it write, the same in every release (see scripts/). */
const fileTime = 315_532_800;

/** No service's image needs these. */
const leftOut = [
  "**/__pycache__",
  "**/.venv",
  "**/.mypy_cache",
  "**/.pytest_cache",
  "**/.coverage",
  "tests",
];

/** Every component that has an image; one without a Dockerfile gets the default one. */
export async function imageSources(
  { source, config }: Project,
  platform?: Platform,
): Promise<ImageSource[]> {
  const shared = { repository: config.repository, ...(platform ? { platform } : {}) };
  const wanted = config.components.filter(({ image }) => image.build);
  return Promise.all(
    wanted.map(async (component) => {
      const folder = source.directory(component.path);
      const context = folder.filter({ exclude: leftOut });
      const dockerfile = component.path === "." ? "Dockerfile" : `${component.path}/Dockerfile`;
      if (config.dockerfiles.includes(component.path) && (await folder.exists("Dockerfile"))) {
        return { ...shared, component, dockerfile, context };
      }
      const text = defaultDockerfile(component.name, await folder.glob("**"), component.path);
      return { ...shared, component, dockerfile, context: context.withNewFile("Dockerfile", text) };
    }),
  );
}

/** The image as the engine builds it. */
export function dockerBuild({ context, platform }: ImageSource): Container {
  return context.dockerBuild({
    ...(platform ? { platform } : {}),
    buildArgs: [{ name: "SOURCE_DATE_EPOCH", value: String(fileTime) }],
  });
}
