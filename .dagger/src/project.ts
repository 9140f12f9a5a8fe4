import type { Directory, File } from "@dagger.io/dagger";
import type { Project } from "./checks/tool.ts";
import { readConfig } from "./config.ts";
import { dockerfileNames } from "./layout.ts";

/**
 * Reads the configuration and finds the parts of a repository.
 *
 * @throws ConfigError that names each mistake in kitchen.yaml with its line
 */
export async function openProject(source: Directory, config: File | undefined): Promise<Project> {
  const layout = source.filter({
    include: [
      "**/pyproject.toml",
      "**/*.tf",
      "**/locustfile.py",
      ...dockerfileNames.map((name) => `**/${name}`),
    ],
    exclude: ["**/node_modules", "**/.terraform", "**/.venv"],
  });
  const [text, paths] = await Promise.all([configText(source, config), layout.glob("**")]);
  const files = paths.filter((path) => !path.endsWith("/"));

  return { source, config: readConfig(text, files) };
}

async function configText(
  source: Directory,
  config: File | undefined,
): Promise<string | undefined> {
  if (config) return config.contents();
  return (await source.exists("kitchen.yaml")) ? source.file("kitchen.yaml").contents() : undefined;
}
