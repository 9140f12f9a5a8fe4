import type { Project, Target } from "./tool.ts";

/** What no tool looks at. */
const junk = ["**/__pycache__", "**/.venv", "**/.terraform", "**/.pytest_cache", "**/.mypy_cache"];

/** Each Python component by itself: what changes in one is no news for the others. */
export async function components({ source, config }: Project): Promise<Target[]> {
  return config.components.map((component) => ({
    name: component.name,
    path: component.path,
    source: source.directory(component.path).filter({ exclude: junk }),
    component,
  }));
}

/** Where tools look for their settings, from a component upwards. */
const settings = [".flake8", "setup.cfg", "tox.ini", "mypy.ini", ".mypy.ini", "pyproject.toml"];

/** Each component, and the settings that several share at the repository's root. */
export async function styledComponents(project: Project): Promise<Target[]> {
  const targets = await components(project);
  const shared = project.source.filter({ include: settings });
  return targets.map((target) => (target.path === "." ? target : { ...target, settings: shared }));
}

/** Folders with a Dockerfile, and nothing but it and hadolint's settings. */
export async function dockerfiles({ source, config }: Project): Promise<Target[]> {
  return config.dockerfiles.map((path) => ({
    name: path,
    path,
    source: source.directory(path).filter({
      include: ["Dockerfile", "Dockerfile.*", "*.Dockerfile", ".hadolint.yaml", ".hadolint.yml"],
    }),
    ...(path === "." ? {} : { settings: source.filter({ include: [".hadolint.yaml"] }) }),
  }));
}

/** Each folder of Terraform. */
export async function terraform({ source, config }: Project): Promise<Target[]> {
  return config.terraform.map((path) => ({
    name: path,
    path,
    source: source.directory(path).filter({ exclude: junk }),
  }));
}

/** What describes infrastructure, wherever it lies: Terraform, Dockerfiles, workflows. */
export async function infrastructure(project: Project): Promise<Target[]> {
  const include = [
    ...project.config.terraform.flatMap((path) => [`${path}/**/*.tf`, `${path}/**/*.tfvars`]),
    ...project.config.dockerfiles.flatMap((path) => [
      `${path}/Dockerfile`,
      `${path}/Dockerfile.*`,
      `${path}/*.Dockerfile`,
    ]),
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
  ].map((path) => path.replace(/^\.\//, ""));
  const source = project.source.filter({ include, exclude: junk });
  const none = (await source.entries()).length === 0;
  return none ? [] : [{ name: "infrastructure", path: ".", source }];
}

/** What GitHub runs for the repository: workflows, actions, and the settings of their checks. */
export async function workflows({ source }: Project): Promise<Target[]> {
  const found = source.filter({
    include: [
      ...[".github/workflows/*.yml", ".github/workflows/*.yaml"],
      ...["action.yml", "action.yaml", "**/action.yml", "**/action.yaml"],
      ...[".github/dependabot.yml", ".github/actionlint.yaml", ".github/actionlint.yml"],
      ...[".github/zizmor.yml", ".github/zizmor.yaml", "zizmor.yml", "zizmor.yaml"],
    ],
    exclude: junk,
  });
  const any = (await found.glob(".github/workflows/*")).length > 0;
  // actionlint takes the folder that holds a .git for the repository, and needs to find one.
  const target = { name: "workflows", path: ".", source: found.withNewDirectory(".git") };
  return any ? [target] : [];
}

/** Every component, and what is left of the repository without them. */
export async function everything(project: Project): Promise<Target[]> {
  const inside = project.config.components.map(({ path }) => path).filter((path) => path !== ".");
  const rest = project.source.filter({
    exclude: [...junk, ...inside, "**/*.lock", "**/package-lock.json"],
  });
  const parts = (await components(project)).map((target) => ({
    ...target,
    source: target.source.filter({ exclude: ["**/*.lock"] }),
  }));
  return [
    ...parts.filter(({ path }) => path !== "."),
    { name: "the rest", path: ".", source: rest },
  ];
}
