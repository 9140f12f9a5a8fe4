import { copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { typesOf } from "../../src/cli/call/types.ts";
import { walk } from "../../src/cli/call/walk.ts";
import { request } from "../../src/cli/request.ts";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const index = `
import { dag, object, func, type Container, type Directory, type Socket } from "@dagger.io/dagger";

@object()
export class Plugs {
  @func()
  async plugged(busybox: Directory, socket: Socket, path = "/run/s"): Promise<string> {
    const sh = ["/bin/busybox", "sh", "-c"];
    const probe = "test -S " + path + " && echo a socket is at " + path;
    return this.with(busybox, socket, path).withExec([...sh, probe]).stdout();
  }
  private with(busybox: Directory, socket: Socket, path: string): Container {
    return dag.container().withDirectory("/bin", busybox).withUnixSocket(path, socket);
  }
}
`;

test("a socket is given to a function by its path on the command line", async () => {
  const workdir = writeModule("plugs", index);
  mkdirSync(join(workdir, "bin"));
  copyFileSync("/bin/busybox", join(workdir, "bin/busybox"));
  const socket = join(workdir, "own.sock");
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  onTestFinished(() => void server.close());
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  const types = typesOf((await session.loadModule("."))?.typeDefs);
  const call = async (address: string) => {
    const args = ["plugged", "--busybox=bin", "--socket", address];
    const { chain } = await walk(args, {
      types,
      start: {
        path: "dagger call",
        description: "Call one or more functions, interconnected into a pipeline",
      },
      session,
      own: [],
      inherited: [],
      helpOnly: false,
    });
    return request(session, chain);
  };
  expect(await call("own.sock")).toBe("a socket is at /run/s\n");
  expect(await call(`unix://${socket}`)).toBe("a socket is at /run/s\n");
  await expect(call("gone.sock")).rejects.toThrow(
    `unix socket ${workdir}/gone.sock, to be mounted at /run/s: no such file or directory`,
  );
});
