import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { liesIn } from "../tree/paths.ts";
import { isBareScript } from "./bare-script.ts";
import { begun } from "./begun.ts";
import { compiledFilter, keepFilter } from "./compiled-filter.ts";
import { crunLines, crunQuietly } from "./crun.ts";
import { hostsFile, resolvConf } from "./dns.ts";
import { bundles, ownName } from "./leftovers.ts";
import { machineSettings } from "./machine-settings.ts";
import { lstatIn, resolveIn, statIn } from "./merged.ts";
import type { SharedMountPoints } from "./mount-points.ts";
import type { Network, Slot } from "./network.ts";
import { whyNotStarted } from "./not-started.ts";
import { Output } from "./output.ts";
import { mountCommand } from "./overlay.ts";
import { copyAttributes, type PreparedMount, prepareMounts, withUpper } from "./prepare-mounts.ts";
import { scrubbedBytes } from "./scrub.ts";
import type { ServiceNames } from "./service-names.ts";
import { runtimeSpec, type SpecMount } from "./spec.ts";
import { openStreams, type Pipes, type PipesOfSteps } from "./standard-streams.ts";
import { isFileMount, type Step, type StepOutcome, type StepResult } from "./step.ts";
import { type Ended, supervise } from "./supervise.ts";
import { resolveUser } from "./users.ts";
import type { Views } from "./views.ts";

/** The init of every step: Debian's static tini, where no image has anything and mounts hide nothing. */
const init = { host: "/usr/bin/tini-static", inside: "/.init" };

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a service adds to a step: who is told its address once it runs, and what asks it to end. */
export interface StepHandle {
  onBegun?(address: string): void;
  /** aborted: the command gets SIGTERM, as a service's does when it is stopped */
  readonly terminate?: AbortSignal;
}

export interface StepSurroundings {
  readonly cache: CacheFolder;
  readonly views: Views;
  readonly network: Network;
  readonly pipes: PipesOfSteps;
  readonly mountPoints: SharedMountPoints;
  readonly names: ServiceNames;
  readonly signal: AbortSignal;
  /** removes a folder that nobody needs any more, while others go on */
  discard(folder: string): void;
}

let count = 0;

/** Runs one step in crun and gives what it left, whatever its exit code. */
export async function runStep(
  step: Step,
  around: StepSurroundings,
  onOutput?: (stream: "stdout" | "stderr", text: string) => void,
  handle: StepHandle = {},
): Promise<StepResult> {
  const { cache, views, network, pipes, mountPoints, names, signal, discard } = around;
  signal.throwIfAborted();
  const id = ownName(count++);
  const folder = join(cache.tmp, `s${count}`);
  const at = (name: string) => join(folder, name);
  const bundle = join(bundles, id);
  const mounts: PreparedMount[] = [];
  let slot: Slot | undefined;
  let streams: Pipes | undefined;
  let stdin: Buffer = Buffer.alloc(0);
  let forgetHosts = () => {};
  try {
    for (const name of ["upper", "work", "root"]) {
      mkdirSync(at(name), { recursive: true });
    }
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const user = resolveUser(cache, step.rootfs, step.user);
    for (const target of [step.redirectStdout, step.redirectStderr]) {
      if (target !== undefined) checkRedirect(cache, step, target);
    }
    stdin = readStdin(cache, step);
    mounts.push(...(await prepareMounts(step, folder, cache, views, signal)));
    slot = await network.acquire();
    streams = await pipes.acquire();
    const hostname = step.hostname ?? id;
    const settings = machineSettings();
    const withInit = !step.noInit && !isBareScript(cache, step);
    const { address } = slot;
    forgetHosts = names.keep(at("hosts"), (others) =>
      hostsFile(hostname, address, step.hosts, others),
    );
    writeFileSync(at("resolv.conf"), resolvConf());
    writeFileSync(at("hostname"), `${hostname}\n`);
    const ours: SpecMount[] = [
      bindFile(at("hosts"), "/etc/hosts"),
      bindFile(at("resolv.conf"), "/etc/resolv.conf"),
      bindFile(at("hostname"), "/etc/hostname"),
      ...settings.mounts,
      ...(withInit ? [bindFile(init.host, init.inside)] : []),
    ];
    const specMounts = [...ours, ...mounts.map(({ mount }) => mount)];
    const below = mountPoints.folder([
      ...["/proc", "/sys", "/dev"].map((path) => ({ path, isFile: false })),
      ...ours.map(({ destination }) => ({ path: destination, isFile: true })),
      ...step.mounts.map((mount) => ({
        path: resolveIn(cache, step.rootfs, mount.path).join("/"),
        isFile: isFileMount(mount),
      })),
    ]);
    const top = lstatIn(cache, step.rootfs, []);
    if (top) copyAttributes(top.file, at("upper"));
    const spec = runtimeSpec({
      rootfs: at("root"),
      argv: withInit ? [init.inside, "-p", "SIGKILL", "--", ...step.argv] : step.argv,
      env: environment(step, user.home, settings.env),
      cwd: step.workdir || "/",
      user,
      hostname,
      mounts: specMounts,
      network: slot.path,
      allCapabilities: step.insecureRootCapabilities,
      filter: compiledFilter(id, at("filter")),
      openFiles: openFilesLimit(),
    });
    writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
    const script = [
      mountCommand({
        layers: step.rootfs.layers,
        below: [below],
        upper: at("upper"),
        work: at("work"),
        at: at("root"),
      }),
      ...mounts.flatMap(({ commands }) => commands),
      ...crunLines(["--log", at("log"), "run", "--bundle", bundle, "--pid-file", at("pid"), id]),
    ];
    const output = new Output(step.scrub, onOutput);
    const terminate = () => void crunQuietly(["kill", id, "TERM"]);
    handle.terminate?.addEventListener("abort", terminate, { once: true });
    const ending = supervise({
      ...{ script, cwd: cache.layers, id, mounts, output, signal },
      ...{ streams: openStreams(streams), stdin },
    });
    if (handle.onBegun) {
      await begun(at("pid"), ending);
      handle.onBegun(slot.address);
    }
    const ended = await ending;
    keepFilter(at("filter"));
    const { stdout, stderr, combined, holdsSecret } = output.end();
    const outcome = outcomeOf(ended, step, stderr.toString("utf8"), at("log"));
    if (step.redirectStdout !== undefined)
      redirect(at("upper"), cache, step, step.redirectStdout, scrubbedBytes(stdout, step.scrub));
    if (step.redirectStderr !== undefined)
      redirect(at("upper"), cache, step, step.redirectStderr, scrubbedBytes(stderr, step.scrub));
    const startFailed = outcome.kind === "not-started" ? outcome.reason : undefined;
    return {
      outcome,
      exitCode: exitCodeOf(outcome),
      rootfs: withUpper(cache, step.rootfs, at("upper")),
      mounts: mounts.map((mount) => mount.finish()),
      stdout: stdout.toString("utf8"),
      stderr: startFailed ?? stderr.toString("utf8"),
      combined: startFailed ?? combined.toString("utf8"),
      holdsSecret,
    };
  } finally {
    forgetHosts();
    if (slot) network.release(slot);
    // A container that had to be ended may hold its pipes a moment longer, or have read no input.
    const areEmpty = !signal.aborted && stdin.length === 0;
    if (streams) areEmpty ? pipes.release(streams) : pipes.drop(streams);
    for (const mount of mounts) mount.release();
    rmSync(bundle, { recursive: true, force: true });
    discard(folder);
  }
}

/** What a step reads: a text, or a file of its own root file system. */
function readStdin(cache: CacheFolder, step: Step): Buffer {
  if (step.redirectStdin === undefined) return Buffer.from(step.stdin);
  const path = join(step.workdir || "/", step.redirectStdin);
  const found = statIn(cache, step.rootfs, path);
  if (!found?.stat.isFile()) throw new RedirectError(`open ${path}: no such file or directory`);
  return readFileSync(found.file);
}

function outcomeOf(ended: Ended, step: Step, stderr: string, log: string): StepOutcome {
  const byRuntime = ended.code === 0 || !existsSync(log) ? "" : readFileSync(log, "utf8");
  const reason = whyNotStarted(step.argv[0] ?? "", ended.code, stderr, byRuntime);
  if (reason) return { kind: "not-started", reason };
  if (ended.code === null) return { kind: "signalled", signal: 9 };
  return { kind: "exited", code: ended.code };
}

function exitCodeOf(outcome: StepOutcome): number {
  if (outcome.kind === "exited") return outcome.code;
  return outcome.kind === "signalled" ? 128 + outcome.signal : 1;
}

function environment(step: Step, home: string, settings: ReadonlyMap<string, string>): string[] {
  const set = new Set(step.env.map((each) => each.split("=", 1)[0]));
  const added = [...settings].filter(([name]) => !set.has(name)).map(([n, v]) => `${n}=${v}`);
  if (!set.has("PATH")) added.push(`PATH=${defaultPath}`);
  if (!set.has("HOME")) added.push(`HOME=${home}`);
  return [...step.env, ...added];
}

/** What Docker's own error would be: the folder of a redirected stream has to be there. */
function checkRedirect(cache: CacheFolder, step: Step, target: string): void {
  const parent = dirname(join(step.workdir || "/", target));
  if (parent === "/") return;
  const found = statIn(cache, step.rootfs, parent);
  const mounted = step.mounts.some(({ path }) => liesIn(parent, path));
  if (!found && !mounted) {
    throw new RedirectError(`open ${join(step.workdir || "/", target)}: no such file or directory`);
  }
}

/** A stream cannot be redirected to where it was asked to. */
export class RedirectError extends Error {}

function redirect(
  upper: string,
  cache: CacheFolder,
  step: Step,
  target: string,
  bytes: Buffer,
): void {
  const parts = resolveIn(cache, step.rootfs, join(step.workdir || "/", target));
  let at = upper;
  for (const [index, part] of parts.slice(0, -1).entries()) {
    at = join(at, part);
    try {
      mkdirSync(at);
    } catch {
      continue; // the step wrote there too
    }
    const before = lstatIn(cache, step.rootfs, parts.slice(0, index + 1));
    if (before) copyAttributes(before.file, at);
  }
  writeFileSync(join(at, parts.at(-1) as string), bytes);
}

function bindFile(source: string, destination: string): SpecMount {
  return { source, destination, type: "bind", options: ["bind", "ro", "nosuid", "nodev"] };
}

let openFiles: number | undefined;

/** This process's own hard limit: raising it takes a capability that is often missing. */
function openFilesLimit(): number {
  openFiles ??= Number(
    /Max open files\s+\d+\s+(\d+)/u.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1024,
  );
  return Math.min(openFiles, 1_048_576);
}
