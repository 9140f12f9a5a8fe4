import {
  type Directory,
  dag,
  type File,
  func,
  object,
  type Secret,
  type Service,
  type Socket,
} from "@dagger.io/dagger";
import type { Config } from "../config.ts";
import { readManifest } from "../release/manifest.ts";
import { gate } from "../report/gate.ts";
import { Report } from "../report/report.ts";
import { smokeTest } from "../verify/smoke-test.ts";
import { type Environment, slotOf } from "./environment.ts";
import { EnvironmentState } from "./environment-state.ts";
import { logFiles } from "./log-files.ts";
import { openEnvironment } from "./open-environment.ts";

/** Where releases run: what can be done to one environment. */
@object()
export class DeployedEnvironment {
  /** what kitchen.yaml says, as JSON text */
  private readonly config: string;
  private readonly name: string;
  private readonly socket?: Socket;
  private readonly ssh?: string;
  private readonly sshKey?: Secret;
  private readonly knownHosts?: File;
  private readonly sshService?: Service;
  private readonly registryUsername?: string;
  private readonly registryPassword?: Secret;
  private readonly airflowPassword?: Secret;

  constructor(
    config: string,
    name: string,
    socket?: Socket,
    ssh?: string,
    sshKey?: Secret,
    knownHosts?: File,
    sshService?: Service,
    registryUsername?: string,
    registryPassword?: Secret,
    airflowPassword?: Secret,
  ) {
    this.config = config;
    this.name = name;
    this.socket = socket;
    this.ssh = ssh;
    this.sshKey = sshKey;
    this.knownHosts = knownHosts;
    this.sshService = sshService;
    this.registryUsername = registryUsername;
    this.registryPassword = registryPassword;
    this.airflowPassword = airflowPassword;
  }

  /**
   * Puts a release into a slot and its DAGs into Airflow, after its migrations ran once. The slot
   * gets no traffic by this, except when nothing serves yet. The same release again changes nothing.
   * Fails when a part of it does not become well: what served before serves as before.
   *
   * @param release a release, as `release … json` writes it
   * @param slot blue or green (default: the one that it is in, or the one without traffic)
   */
  @func({ cache: "never" })
  async deploy(release: File, slot?: string): Promise<EnvironmentState> {
    const manifest = readManifest(await release.contents());
    const chosen = slot === undefined ? undefined : slotOf(slot);
    return stateOf(await this.environment().deploy(manifest, chosen));
  }

  /**
   * Shares the traffic between the slots, and keeps it so when the edge is started anew.
   *
   * @param blue percent of the traffic for the blue slot
   * @param green percent for the green one; together they are 100
   */
  @func({ cache: "never" })
  async setWeights(blue: number, green: number): Promise<EnvironmentState> {
    return stateOf(await this.environment().setWeights({ blue, green }));
  }

  /**
   * What each slot did in a window of time that begins now, as JSON: requests by status, errors and
   * retries as the edge counted them, and the service's own histogram of latencies.
   *
   * @param seconds how long to look
   */
  @func({ cache: "never" })
  async observe(seconds: number): Promise<File> {
    const seen = await this.environment().observe(seconds);
    return dag.file("observation.json", `${JSON.stringify(seen, null, 2)}\n`);
  }

  /** What is there, as its parts say: releases, weights, digests that are served, DAGs. */
  @func({ cache: "never" })
  async current(): Promise<EnvironmentState> {
    return stateOf(await this.environment().current());
  }

  /**
   * The last lines that each container wrote, a file NAME.log for each. Passwords of the environment
   * are masked.
   *
   * @param lines how many of each
   */
  @func({ cache: "never" })
  async logs(lines = 200): Promise<Directory> {
    return logFiles(await this.environment().logs(lines));
  }

  /**
   * A handful of probes, directly to a slot, whatever its weight, and through the edge: do they
   * serve the release, by its digest? Fails with the probes that failed.
   *
   * @param slot blue or green (default: the one that serves)
   */
  @func({ cache: "never" })
  async smokeTest(slot?: string): Promise<string> {
    return gate(await this.smokeReport(slot));
  }

  /**
   * The report behind smokeTest: reading it never fails on what was found.
   *
   * @param slot blue or green (default: the one that serves)
   */
  @func({ cache: "never" })
  async smokeReport(slot?: string): Promise<Report> {
    const chosen = slot === undefined ? undefined : slotOf(slot);
    return new Report(JSON.stringify(await smokeTest(this.environment(), chosen)));
  }

  /**
   * Traffic and DAGs back to the release before; in the middle of a rollout, to the one that had all
   * traffic. Migrations stay: a release runs on the schema of the one after it.
   */
  @func({ cache: "never" })
  async rollback(): Promise<EnvironmentState> {
    return stateOf(await this.environment().rollback());
  }

  /**
   * Takes away all containers and the network. Databases, models and what the environment remembers
   * stay, for the next deployment.
   *
   * @param data take those away too
   */
  @func({ cache: "never" })
  async remove(data = false): Promise<string> {
    const { removed, kept } = await this.environment().remove(data);
    const lines = [
      ...removed.map((name) => `removed ${name}`),
      ...kept.map((name) => `kept ${name}`),
    ];
    return lines.map((line) => `${line}\n`).join("") || "there was nothing\n";
  }

  private environment(): Environment {
    return openEnvironment(JSON.parse(this.config) as Config, this.name, {
      socket: this.socket,
      ssh: this.ssh,
      sshKey: this.sshKey,
      knownHosts: this.knownHosts,
      sshService: this.sshService,
      registryUsername: this.registryUsername,
      registryPassword: this.registryPassword,
      airflowPassword: this.airflowPassword,
    });
  }
}

function stateOf(seen: object): EnvironmentState {
  return new EnvironmentState(JSON.stringify(seen));
}
