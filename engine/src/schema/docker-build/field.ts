import { readFileSync } from "node:fs";
import { selected } from "../../graph/operations/tree-edit.ts";
import { ApiError } from "../../tree/api-error.ts";
import { blobPath } from "../../tree/blobs.ts";
import { find } from "../../tree/paths.ts";
import type { Tree } from "../../tree/tree.ts";
import type { Field, Session } from "../define.ts";
import { topOf } from "../directory-tree.ts";
import { defaultPlatform } from "../platform.ts";
import type { Directory, Secret, Socket } from "../values.ts";
import { dockerBuild } from "./docker-build.ts";

export const dockerBuildField: Field<Directory> = {
  description: "The container that a Dockerfile in the directory describes.",
  args: {
    dockerfile: { type: "String", default: "Dockerfile", description: "Path of the Dockerfile" },
    platform: {
      type: "Platform",
      description: "Operating system and architecture (default: this machine's, the only one)",
    },
    buildArgs: { type: "[BuildArg!]", default: [], description: "Values for its ARGs" },
    target: { type: "String", default: "", description: "Stage to build (default: the last one)" },
    secrets: {
      type: "[ID!]",
      default: [],
      description: "Secrets that RUN --mount=type=secret names",
    },
    noInit: {
      type: "Boolean",
      default: false,
      description: "Run RUN as process 1, without an init",
    },
    ssh: {
      type: "ID",
      expects: "Socket",
      description: "Socket of an SSH agent, for RUN --mount=type=ssh",
    },
  },
  type: "Container!",
  async resolve(directory, args, session) {
    if (args.platform && args.platform !== defaultPlatform) {
      throw new ApiError(
        `galley builds for its own platform only, ${defaultPlatform}: ${args.platform} was asked for`,
      );
    }
    const tree = await session.context.solver.solve(topOf(directory));
    const source = readText(tree, args.dockerfile, session);
    if (source === undefined) {
      throw new ApiError(
        `failed to read dockerfile: open ${args.dockerfile}: no such file or directory`,
      );
    }
    const ignored =
      readText(tree, `${args.dockerfile}.dockerignore`, session) ??
      readText(tree, ".dockerignore", session) ??
      "";
    const context = selected({ include: [], exclude: ignorePatterns(ignored), gitignore: false }, [
      topOf(directory),
    ]);
    const secrets = await Promise.all(
      args.secrets.map((id: string) => session.load<Secret>("Secret", id)),
    );
    const agent = args.ssh ? await session.load<Socket>("Socket", args.ssh) : undefined;
    const buildArgs: { name: string; value: string }[] = args.buildArgs;
    return dockerBuild(
      source,
      {
        context,
        dockerfile: args.dockerfile,
        platform: defaultPlatform,
        buildArgs: new Map(buildArgs.map(({ name, value }) => [name, value])),
        target: args.target,
        secrets: new Map(
          secrets.flatMap(({ name, reference }): [string, string][] =>
            name ? [[name, reference]] : [],
          ),
        ),
        ...(agent ? { agent: agent.path } : {}),
        noInit: args.noInit,
      },
      session,
    );
  },
};

function readText(tree: Tree, path: string, { context }: Session): string | undefined {
  const node = find(tree, path)?.node;
  return node?.kind === "file"
    ? readFileSync(blobPath(context.cache, node.blob), "utf8")
    : undefined;
}

/** `.dockerignore`: comments go, and a leading slash means nothing. */
function ignorePatterns(text: string): string[] {
  return text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/^(!?)\s*\/+/u, "$1"));
}
