import { posix } from "node:path";
import { mounted, treeOf } from "../../graph/operations/snapshot.ts";
import { subtree } from "../../graph/operations/tree-edit.ts";
import { type Instruction, mistake } from "../../images/dockerfile/dockerfile.ts";
import { expandWord } from "../../images/dockerfile/words.ts";
import { ApiError } from "../../tree/api-error.ts";
import { cleanPath } from "../../tree/paths.ts";
import { afterExec } from "../container-exec.ts";
import { withNamed } from "../container-values.ts";
import type { Container, Mount, Sharing } from "../values.ts";
import { source } from "./copy.ts";
import { type Build, lookupIn, type Stage } from "./stage.ts";

type Socket = NonNullable<Container["sockets"]>[number];

/** RUN: a step like withExec's, with the stage's ARGs in its environment. */
export async function run(stage: Stage, instruction: Instruction, build: Build): Promise<Stage> {
  const { container } = stage;
  const mounts: Mount[] = [];
  const sockets: Socket[] = [];
  let secretEnv = container.secretEnv;
  for (const { name, value = "" } of instruction.flags) {
    if (name === "network" && value === "default") continue;
    if (name === "security" && value === "sandbox") continue;
    if (name !== "mount") {
      throw mistake(instruction.line, `galley has no RUN --${name}=${value}`);
    }
    const options = mountOptions(value, stage, build);
    if (options.get("type") === "secret" && options.has("env")) {
      const secret = secretOf(options, build);
      if (secret) secretEnv = withNamed(secretEnv, { name: options.get("env") as string, secret });
    }
    if (options.get("type") === "ssh") {
      sockets.push(...agentOf(options, instruction, build));
      continue;
    }
    const mount = await mountOf(options, stage, instruction, build);
    if (mount) mounts.push(mount);
  }
  // An ENV of the same name goes before an ARG.
  const args = [...stage.args].flatMap(([name, value]) =>
    value === undefined || container.env.some((each) => each.name === name)
      ? []
      : [{ name, value }],
  );
  const [agent] = sockets;
  if (agent) args.push({ name: "SSH_AUTH_SOCK", value: agent.path });
  const after = afterExec(
    { ...container, mounts, sockets, secretEnv, env: [...container.env, ...args] },
    {
      args: argvOf(stage, instruction),
      useEntrypoint: false,
      stdin: "",
      redirectStdin: "",
      redirectStdout: "",
      redirectStderr: "",
      expect: "SUCCESS",
      insecureRootCapabilities: false,
      expand: false,
      noInit: build.options.noInit,
    },
  );
  return { ...stage, container: { ...container, rootfs: after.rootfs } };
}

function argvOf({ shell }: Stage, { json, text, heredocs }: Instruction): readonly string[] {
  if (json) return json;
  const [only] = heredocs;
  // A here document alone is the script itself.
  if (only && /^<<-?["']?[^\s"']+["']?$/u.test(text)) {
    return [...shell, only.content];
  }
  const documents = heredocs.map(({ name, content }) => `\n${content}${name}`);
  return [...shell, [text, ...documents].join("")];
}

function mountOptions(value: string, stage: Stage, build: Build): ReadonlyMap<string, string> {
  return new Map(
    value.split(",").map((part) => {
      const [name = "", ...rest] = part.split("=");
      const text = rest.length === 0 ? "true" : rest.join("=");
      return [name.toLowerCase(), expandWord(text, lookupIn(stage), build.escapeChar)];
    }),
  );
}

async function mountOf(
  options: ReadonlyMap<string, string>,
  stage: Stage,
  { line }: Instruction,
  build: Build,
): Promise<Mount | undefined> {
  const option = (...names: string[]) =>
    names.map((name) => options.get(name)).find((each) => each !== undefined);
  const type = option("type") ?? "bind";
  const target = option("target", "dst", "destination");
  const path = target && posix.resolve(stage.container.workdir || "/", target);
  if (!path && type !== "secret") throw mistake(line, `RUN --mount=type=${type} needs a target`);
  switch (type) {
    case "bind": {
      const readOnly = !(option("rw", "readwrite") === "true");
      const tree = await boundTree(options, stage, build);
      const start = mounted({ name: null, owner: null }, [tree]);
      return { path: path as string, kind: "directory", source: start, readOnly };
    }
    case "cache": {
      const sharing = (option("sharing") ?? "shared").toUpperCase() as Sharing;
      if (!["SHARED", "PRIVATE", "LOCKED"].includes(sharing)) {
        throw mistake(line, `unsupported sharing value ${JSON.stringify(option("sharing"))}`);
      }
      const owner = `${option("uid") ?? 0}:${option("gid") ?? 0}`;
      const volume = option("id") ?? (path as string);
      return {
        path: path as string,
        kind: "cache",
        volume: `dockerfile:${volume}`,
        sharing,
        ...(owner === "0:0" ? {} : { owner }),
      };
    }
    case "tmpfs":
      return { path: path as string, kind: "temp" };
    case "secret": {
      const secret = secretOf(options, build);
      if (!secret || (option("env") && !path)) return undefined;
      const id = option("id", "source") ?? posix.basename(path ?? "");
      return {
        path: path ?? `/run/secrets/${id}`,
        kind: "secret",
        secret,
        mode: Number.parseInt(option("mode") ?? "0400", 8),
        owner: `${option("uid") ?? 0}:${option("gid") ?? 0}`,
      };
    }
    default:
      throw mistake(line, `galley has no RUN --mount=type=${type}`);
  }
}

/** The agent's socket for one RUN, when the build was given one. */
function agentOf(
  options: ReadonlyMap<string, string>,
  { line }: Instruction,
  build: Build,
): Socket[] {
  const { agent } = build.options;
  const id = options.get("id") ?? "default";
  if (agent === undefined || id !== "default") {
    if (options.get("required") !== "true") return [];
    throw mistake(
      line,
      `RUN --mount=type=ssh needs an agent ${JSON.stringify(id)}: give dockerBuild one by ssh`,
    );
  }
  const path = options.get("target") ?? options.get("dst") ?? "/run/buildkit/ssh_agent.0";
  return [{ path, socket: agent, owner: `${options.get("uid") ?? 0}:${options.get("gid") ?? 0}` }];
}

function secretOf(options: ReadonlyMap<string, string>, build: Build): string | undefined {
  const target = options.get("target") ?? options.get("dst") ?? "";
  const id = options.get("id") ?? options.get("source") ?? posix.basename(target);
  const secret = build.options.secrets.get(id);
  if (!secret && options.get("required") === "true") {
    throw new ApiError(`secret ${id}: not found`);
  }
  return secret;
}

async function boundTree(options: ReadonlyMap<string, string>, stage: Stage, build: Build) {
  const from = options.get("from");
  const path = cleanPath(options.get("source") ?? options.get("src") ?? "/");
  if (from !== undefined) {
    const { rootfs }: Container = await source(from, stage.index, build);
    return treeOf({ path: `/${path}` }, [rootfs]);
  }
  const { context } = build.options;
  return path === "" ? context : subtree({ path, named: path }, [context]);
}
