import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { galley, median } from "./galley.mjs";

const base = "python:3.13-slim-trixie";

/** Can images be built by buildah here, for comparison? */
export function hasBuildah() {
  return ["buildah", "skopeo", "docker-registry"].every(
    (program) => spawnSync(program, ["--version"]).status === 0,
  );
}

/**
 * Building and pushing the API's image by galley and by `buildah bud` from the same base image:
 * with every step anew, with nothing changed, after one changed line, and its push.
 * Milliseconds, each as [galley, buildah].
 */
export async function images(repository, scratch, options, runs) {
  const context = join(scratch, "api");
  cpSync(join(repository, "services/api"), context, { recursive: true });
  const dockerfile = join(context, "Dockerfile");
  const source = readFileSync(dockerfile, "utf8");
  const archive = join(scratch, "base.tar");
  const query = (text) => galley(["query", "-M"], { ...options, stdin: text });
  await query(`{container{from(address:"${base}"){export(path:"${archive}")}}}`);
  run("skopeo", [
    ...["copy", "--quiet", `oci-archive:${archive}`],
    `containers-storage:docker.io/library/${base}`,
  ]);
  const registry = await startRegistry(scratch);
  const inGalley = (more) =>
    query(`{host{directory(path:"${context}"){dockerBuild{${more}}}}}`).then(({ time }) => time);
  const inBuildah = (args) => {
    const since = performance.now();
    run("buildah", args);
    return performance.now() - since;
  };
  const bud = [
    ...["bud", "--quiet", "--layers", "--isolation", "chroot", "--network", "host"],
    // What galley gives to steps by itself: this machine's certificates and pip's settings.
    ...["/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"].flatMap((path) => [
      "--volume",
      `${path}:${path}:ro`,
    ]),
    ...["--tag", "galley-bench", context],
  ];
  const both = async (change, more = "sync") => {
    const one = await median(runs, async (index) => {
      change(`galley-${index}`);
      return inGalley(more);
    });
    const other = await median(runs, async (index) => {
      change(`buildah-${index}`);
      return inBuildah(bud);
    });
    return [one, other];
  };
  try {
    const anew = await both((mark) =>
      writeFileSync(
        dockerfile,
        source.replace(/^FROM .*$/gmu, (from) => `${from}\nENV BENCH="${mark} ${Date.now()}"`),
      ),
    );
    await inGalley("sync");
    run("buildah", bud);
    const warm = await both(() => undefined);
    const line = () => appendFileSync(join(context, "src/kitchen_api/eta.py"), `# ${Date.now()}\n`);
    const changed = await both(line);
    await inGalley(`publish(address:"${registry.address}/bench/galley:1")`);
    run("buildah", pushed(registry.address));
    line();
    await inGalley("sync");
    run("buildah", bud);
    const push = [
      await inGalley(`publish(address:"${registry.address}/bench/galley:1")`),
      inBuildah(pushed(registry.address)),
    ];
    return { anew, warm, changed, push };
  } finally {
    registry.stop();
    run("buildah", ["rmi", "--force", "galley-bench"]);
  }
}

function pushed(address) {
  const target = `docker://${address}/bench/buildah:1`;
  return ["push", "--quiet", "--tls-verify=false", "galley-bench", target];
}

async function startRegistry(scratch) {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const address = `127.0.0.1:${port}`;
  const config = join(scratch, "registry.yml");
  const storage = { filesystem: { rootdirectory: join(scratch, "registry") } };
  writeFileSync(config, JSON.stringify({ version: "0.1", storage, http: { addr: address } }));
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries++) {
    const there = await fetch(`http://${address}/v2/`).catch(() => undefined);
    if (there?.ok) break;
    await sleep(100);
  }
  return { address, stop: () => child.kill() };
}

function run(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr}`);
}
