import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { freePort } from "../../../engine/src/testing/free-port.ts";

/** AWS on a port of this machine: moto, and what it lacks, held against botocore's models. */
export interface StandIn {
  readonly port: number;
  /** calls AWS's API by boto3's names; the call is neither counted nor struck by a fault */
  call(service: string, operation: string, parameters?: object): Promise<unknown>;
  /** from now on exactly these faults strike */
  plant(...faults: readonly Fault[]): Promise<void>;
  /** values of a metric of AWS's own services, as of now */
  measure(...metrics: readonly Measured[]): Promise<void>;
  /** begins to serve on a port as a load balancer, by its listener's weights, with an image of HAProxy */
  edge(image: string, port: number, balancer: string): Promise<void>;
  /** what was called */
  calls(): Promise<readonly Call[]>;
  /** requests and answers that the models do not allow */
  violations(): Promise<readonly string[]>;
  stop(): void;
}

/** Nobody's, in the form that AWS gives them. In one piece it would be found as a secret. */
export const accessKeyId = ["AKIA", "KITCHENTESTS0001"].join("");

/** `after` calls that match pass, then it strikes `times` (default: always). */
export interface Fault {
  readonly kind:
    | ("throttled" | "denied" | "expired")
    | (
        | "never-ends"
        | "deployment-fails"
        | "update-fails"
        | "alarm"
        | "rule-lags"
        | "late"
        | "lost"
      );
  /** boto3's name; default: every one */
  readonly service?: string;
  readonly operation?: string;
  readonly after?: number;
  readonly times?: number;
}

export interface Measured {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

const call = z.object({
  service: z.string(),
  operation: z.string(),
  resource: z.string(),
  /** as a policy names it */
  action: z.string(),
});
export type Call = z.infer<typeof call>;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Starts it.
 *
 * @param host where App Runner's services and ECS's tasks run: a Docker-compatible API, and the registry
 * that has their images, `127.0.0.1:PORT`
 */
export async function startStandIn(host?: {
  readonly socket: string;
  readonly registry: string;
}): Promise<StandIn> {
  const python = standInPython();
  const port = await freePort();
  const where = host ? [host.socket, host.registry] : [];
  const child = spawn(python, [here("stand_in"), `${port}`, ...where], {
    stdio: ["ignore", "inherit", "inherit"],
    env: standInEnvironment(python),
  });
  const ask = async (what: string, document?: object, method = document ? "POST" : "GET") => {
    const answer = await fetch(`http://127.0.0.1:${port}/stand-in/${what}`, {
      method,
      body: document ? JSON.stringify(document) : null,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`stand-in ${what}: ${text}`);
    return JSON.parse(text) as unknown;
  };
  for (let tries = 0; ; tries++) {
    if (await ask("calls").catch(() => undefined)) break;
    if (tries > 1800 || child.exitCode !== null) {
      child.kill();
      throw new Error("the stand-in did not start");
    }
    await sleep(100);
  }
  return {
    port,
    call: (service, operation, parameters = {}) => ask("call", { service, operation, parameters }),
    async plant(...faults) {
      await ask("faults", faults);
    },
    async measure(...metrics) {
      await ask("metrics", metrics);
    },
    async edge(image, edgePort, balancer) {
      await ask("edge", { image, port: edgePort, balancer });
    },
    calls: async () => z.array(call).parse(await ask("calls")),
    violations: async () => z.array(z.string()).parse(await ask("violations")),
    stop: () => void child.kill(),
  };
}

/** Compiled code goes to where that Python is, and not beside the sources. */
export function standInEnvironment(python: string): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONPYCACHEPREFIX: join(python, "..", "..", "compiled") };
}

/** A Python that has what the stand-in needs: installed once for each lock. */
export function standInPython(): string {
  const lock = here("stand-in.lock");
  const digest = createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `kitchen-aws-${digest}`);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return python;
  const made = mkdtempSync(join(tmpdir(), "kitchen-aws-"));
  const run = (program: string, ...args: readonly string[]) => execFileSync(program, args);
  try {
    run("python3", "-m", "venv", made);
    const pip = [join(made, "bin", "python"), "-m", "pip", "install", "--quiet"] as const;
    // What is imported is compiled by the first run: it is a small part.
    run(...pip, "--no-compile", "--require-hashes", "-r", lock);
    renameSync(made, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(python)) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return python;
}
