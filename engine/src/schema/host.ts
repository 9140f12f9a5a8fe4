import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { hostDirectory, hostFile } from "../graph/operations/tree-source.ts";
import * as arg from "./arguments.ts";
import { defineType, type Session } from "./define.ts";
import { hostPath } from "./host-path.ts";
import { hostServiceField } from "./service.ts";
import { hostTunnelField } from "./tunnel.ts";
import type { Directory, File, Socket } from "./values.ts";

/** The machine that the command runs on. */
export const hostType = defineType<object>({
  name: "Host",
  description: "The machine that the command runs on.",
  fields: {
    directory: {
      description: "A directory of the host, as it is when it is first read.",
      args: {
        path: arg.path("Where it is, relative to where the command runs"),
        ...arg.selection,
        noCache: arg.noCache,
      },
      type: "Directory!",
      async resolve(_host, args, session) {
        const directory: Directory = {
          tree: hostDirectory({
            path: hostPath(args.path, session),
            include: args.include,
            exclude: args.exclude,
            gitignore: args.gitignore,
            nonce: args.noCache ? crypto.randomUUID() : "",
          }),
          path: "",
        };
        await session.context.solver.solve(directory.tree);
        return directory;
      },
    },
    file: {
      description: "A file of the host, as it is when it is first read.",
      args: {
        path: arg.path("Where it is, relative to where the command runs"),
        noCache: arg.noCache,
      },
      type: "File!",
      async resolve(_host, args, session) {
        const path = hostPath(args.path, session);
        const nonce = args.noCache ? crypto.randomUUID() : "";
        const file: File = { file: hostFile({ path, nonce }), name: basename(path) };
        await session.context.solver.solve(file.file);
        return file;
      },
    },
    unixSocket: {
      description: "A Unix socket of the host.",
      args: { path: arg.path('Where it is (example: "/var/run/docker.sock")') },
      type: "Socket!",
      resolve: (_host, { path }, session): Socket => ({ path: hostPath(path, session) }),
    },
    service: hostServiceField,
    tunnel: hostTunnelField,
    findUp: {
      description:
        "Nearest path of a name, looking upwards from where the command runs, and relative to there.",
      args: { name: { type: "String!", description: "Name to look for" }, noCache: arg.noCache },
      type: "String",
      resolve: (_host, { name }, session) => findUp(name, session),
    },
  },
});

function findUp(name: string, session: Session): string | null {
  for (let folder = session.workdir; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return relative(session.workdir, path);
    if (folder === dirname(folder)) return null;
  }
}
