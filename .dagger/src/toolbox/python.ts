import { type Container, type Directory, dag, type File } from "@dagger.io/dagger";
import { images } from "./images.ts";
import { moduleFile } from "./module-file.ts";

/** Where a component's own dependencies are, and where a tool's are. */
export const componentVenv = "/opt/venv";
export const toolVenv = "/opt/tool";

/** Locks of the tools, by the names of their files in `.dagger/tools`. */
export type ToolLock =
  | "aws"
  | "lint"
  | "typecheck"
  | "bandit"
  | "checkov"
  | "audit"
  | "poetry"
  | "git"
  | "load"
  | "schemathesis"
  | "environment"
  | "provenance"
  | "terraform"
  | "zizmor";

/** What this call of a function has made: what is built on it sends its id, not how it came to be. */
const made = new Map<string, Promise<Container>>();

function once(name: string, make: () => Promise<Container>): Promise<Container> {
  const there = made.get(name) ?? make();
  made.set(name, there);
  return there;
}

/** Python with uv, which installs everything else. */
function python(): Promise<Container> {
  return once("uv", () =>
    dag
      .container()
      .from(images.python)
      .withEnvVariable("PYTHONDONTWRITEBYTECODE", "1")
      // Compiled once, when it is installed: checkov alone compiles for seconds at every start else.
      .withEnvVariable("UV_COMPILE_BYTECODE", "1")
      .withEnvVariable("UV_LINK_MODE", "copy")
      .withEnvVariable("UV_PYTHON_DOWNLOADS", "never")
      .withFile("/opt/locks/uv.lock", moduleFile("tools/uv.lock"))
      .withMountedCache("/root/.cache/pip", dag.cacheVolume("kitchen-pip"))
      .withExec(["python", "-m", "venv", "/opt/uv"])
      .withExec([
        "/opt/uv/bin/pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        "/opt/locks/uv.lock",
      ])
      .sync(),
  );
}

/** Python with the tools of a lock in a virtual environment of their own. */
export function pythonTool(lock: ToolLock): Promise<Container> {
  return once(lock, async () => withTool(await python(), lock).sync());
}

/** Adds a component's dependencies, from its lock, beside the tools. */
export function withDependencies(container: Container, lock: File): Container {
  return withVenv(container, componentVenv, lock, "/opt/locks/component.lock");
}

/** Adds the tool of a lock to a container that has uv. */
export function withTool(container: Container, lock: ToolLock): Container {
  return withVenv(container, toolVenv, moduleFile(`tools/${lock}.lock`), `/opt/locks/${lock}.lock`);
}

/** Python with a component's dependencies. */
export async function pythonComponent(lock: File): Promise<Container> {
  return withDependencies(await python(), lock);
}

function withVenv(container: Container, venv: string, lock: File, path: string): Container {
  return container
    .withMountedCache("/root/.cache/uv", dag.cacheVolume("kitchen-uv"))
    .withFile(path, lock)
    .withExec(["/opt/uv/bin/uv", "venv", "--quiet", "--python", "python3.13", venv])
    .withExec([
      ...["/opt/uv/bin/uv", "pip", "sync", "--quiet", "--require-hashes"],
      ...["--python", `${venv}/bin/python`, path],
    ]);
}

/** A lock with hashes made from a `uv.lock` or `poetry.lock`. */
export async function exportedLock(source: Directory, kind: "uv" | "poetry"): Promise<File> {
  const container = await (kind === "uv" ? python() : pythonTool("poetry"));
  const command =
    kind === "uv"
      ? [
          "/opt/uv/bin/uv",
          "export",
          "--quiet",
          "--frozen",
          "--all-extras",
          "--all-groups",
          "--no-emit-project",
        ]
      : [`${toolVenv}/bin/poetry`, "export", "--all-extras", "--all-groups", "--without-urls"];
  return container
    .withMountedDirectory("/src", source)
    .withWorkdir("/src")
    .withExec([...command, "-o", "/opt/locks/exported.lock"])
    .file("/opt/locks/exported.lock");
}
