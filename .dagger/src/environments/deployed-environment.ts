import {
  argument,
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
import { registryAccess } from "../images/registry-address.ts";
import type { ApprovalRequest } from "../release/approval/request.ts";
import { requestApproval } from "../release/approval/request-approval.ts";
import { readManifest } from "../release/manifest.ts";
import { abort, rollback } from "../release/promotion/go-back.ts";
import { type Place, servingOf } from "../release/promotion/preflight.ts";
import { promote, resume } from "../release/promotion/promote.ts";
import { type Promotion, promotionOf } from "../release/promotion/promotion.ts";
import { ReleaseHistory } from "../release/promotion/release-history.ts";
import { writeDown } from "../release/promotion/write-down.ts";
import { memoryOf } from "../release/rollout/on-environment.ts";
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
  private readonly source: Directory;
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
  private readonly awsCredentials?: Secret;
  private readonly awsToken?: Secret;
  private readonly awsRole?: string;
  private readonly awsService?: Service;
  private readonly edgeService?: Service;
  private readonly metricsToken?: Secret;

  constructor(
    source: Directory,
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
    awsCredentials?: Secret,
    awsToken?: Secret,
    awsRole?: string,
    awsService?: Service,
    edgeService?: Service,
    metricsToken?: Secret,
  ) {
    this.source = source;
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
    this.awsCredentials = awsCredentials;
    this.awsToken = awsToken;
    this.awsRole = awsRole;
    this.awsService = awsService;
    this.edgeService = edgeService;
    this.metricsToken = metricsToken;
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
   * Brings a release to all traffic, step by step. First everything is verified (release, images,
   * approvals, plan, who else is at it), and all that is wrong is said at once. Then the approved plan
   * is applied, the release deployed by digest without traffic and probed; its weight rises as
   * `rollout:` in kitchen.yaml says, each step compared with the old version and with the limits; with
   * all traffic it is watched. Nothing is built. Fails when the release went back, and why; `resume`
   * goes on when this process dies.
   *
   * @param release digest of the release: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param approvals a folder with APPROVAL.json and APPROVAL.json.sig of each
   * @param git the repository's .git folder
   * @param plan the saved plan that was approved, where the environment has Terraform
   * @param planKey what that plan is sealed with
   * @param tag tag that this is the promotion of: it has to point at the release's commit, on main
   * @param actor who promotes: in the history, and shown to others as who is at it
   * @param reviewers who let it through elsewhere, such as GitHub's reviewers: for the history
   * @param dryRun verify everything and say what would be done
   * @param secrets environment variables for Terraform, its backend and providers: env:AWS_ACCESS_KEY_ID
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async promote(
    release: string,
    registry: string,
    approvals: Directory,
    @argument({
      defaultPath: "/.git",
      ignore: [
        "**",
        "!HEAD",
        "!packed-refs",
        "!shallow",
        "!refs/heads/**",
        "!refs/remotes/**",
        "!refs/tags/**",
        "!objects/**",
      ],
    })
    git: Directory,
    plan?: File,
    planKey?: Secret,
    tag?: string,
    actor: string = "kitchen",
    reviewers: string[] = [],
    dryRun: boolean = false,
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<Promotion> {
    const access = registryAccess(username, password, registryService);
    const terraform = { vars: [], secrets, mirror, backend, actor };
    const order = { release, registry, approvals, git, plan, planKey, tag, actor, reviewers };
    return promote(this.place(), { ...order, access, terraform }, dryRun);
  }

  /**
   * Goes on with a rollout whose process has died, from where it is. Fails when somebody else still
   * moves it, and when the release went back.
   *
   * @param registry where the images are: registry.example.com/team
   * @param actor who goes on
   * @param takeOver though the one who moves it may still be at work: it touches nothing more then
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async resume(
    registry: string,
    actor: string = "kitchen",
    takeOver: boolean = false,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<Promotion> {
    const access = registryAccess(username, password, registryService);
    return resume(this.place(), { registry, access }, actor, takeOver);
  }

  /**
   * Ends a rollout, whoever moves it: traffic and DAGs are as before it began. Migrations, and what
   * Terraform applied, stay.
   *
   * @param why for the history
   * @param actor who aborts it
   */
  @func({ cache: "never" })
  async abort(why: string, actor: string = "kitchen"): Promise<Promotion> {
    return abort(this.place(), actor, why);
  }

  /**
   * Traffic, then DAGs, back to the release before, or to any that had all traffic here once. A rollout
   * that is under way is ended. Migrations stay: a release runs on the schema of the one after it; what
   * Terraform applied stays, too.
   *
   * @param why for the history
   * @param actor who goes back
   * @param to digest of the release (default: the one before)
   * @param registry where its images are, when it is in no slot any more: registry.example.com/team
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async rollback(
    why: string = "",
    actor: string = "kitchen",
    to?: string,
    registry?: string,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<EnvironmentState> {
    const access = registryAccess(username, password, registryService);
    const source = registry === undefined ? undefined : { registry, access };
    const place = this.place();
    await rollback(place, actor, why, to, source);
    return stateOf(await place.environment.current());
  }

  /**
   * The rollout that is under way, or was the last: phase, step, who moves it and until when, every
   * verdict; then what each slot serves, as it says itself.
   */
  @func({ cache: "never" })
  async rolloutStatus(): Promise<Promotion> {
    const environment = this.environment();
    const [kept, current] = await Promise.all([
      memoryOf(environment).read(),
      environment.current(),
    ]);
    const none = kept ? "" : "no rollout is remembered\n";
    const words = `${none}${stateOf(current).summary()}`;
    return promotionOf({ environment: this.name, words, kept: kept ?? null });
  }

  /** Who brought what here when, with which approvals; fails when it is not as it was written. */
  @func({ cache: "never" })
  async history(): Promise<ReleaseHistory> {
    const place = this.place();
    const { lines } = await writeDown(place, memoryOf(place.environment));
    return new ReleaseHistory(this.name, lines);
  }

  /**
   * Asks for an approval of a release for this environment: what it holds and lacks, its plan, and what
   * changes against the one that runs here now. Changes nothing.
   *
   * @param release digest of the release: sha256:…
   * @param plan digest of the Terraform plan that is to be applied for it: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param git the repository's .git folder
   * @param planSummary what the plan does, for people
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async approvalRequest(
    release: string,
    plan: string,
    registry: string,
    @argument({
      defaultPath: "/.git",
      ignore: [
        "**",
        "!HEAD",
        "!packed-refs",
        "!shallow",
        "!refs/heads/**",
        "!refs/remotes/**",
        "!refs/tags/**",
        "!objects/**",
      ],
    })
    git: Directory,
    planSummary?: File,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<ApprovalRequest> {
    const { project, environment } = this.place();
    const access = registryAccess(username, password, registryService);
    const current = servingOf(await environment.current());
    const question = { release, environment: this.name, plan, registry };
    return requestApproval(project, question, access, { git, current, planSummary });
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

  private place(): Place {
    const project = { source: this.source, config: JSON.parse(this.config) as Config };
    const { name, metricsToken } = this;
    return { project, name, environment: this.environment(), metricsToken };
  }

  private environment(): Environment {
    return openEnvironment(JSON.parse(this.config) as Config, this.name, {
      source: this.source,
      socket: this.socket,
      ssh: this.ssh,
      sshKey: this.sshKey,
      knownHosts: this.knownHosts,
      sshService: this.sshService,
      registryUsername: this.registryUsername,
      registryPassword: this.registryPassword,
      airflowPassword: this.airflowPassword,
      awsCredentials: this.awsCredentials,
      awsToken: this.awsToken,
      awsRole: this.awsRole,
      awsService: this.awsService,
      edgeService: this.edgeService,
    });
  }
}

function stateOf(seen: object): EnvironmentState {
  return new EnvironmentState(JSON.stringify(seen));
}
