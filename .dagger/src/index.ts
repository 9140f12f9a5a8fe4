/** The delivery pipeline of a data product: checks, images, infrastructure, promotion. */
import {
  argument,
  check,
  type Directory,
  type File,
  func,
  object,
  type Platform,
  type Secret,
  type Service,
  type Socket,
} from "@dagger.io/dagger";
import type { Project } from "./checks/tool.ts";
import { DeployedEnvironment } from "./environments/deployed-environment.ts";
import { named } from "./environments/open-environment.ts";
import { githubDoctor } from "./github/doctor.ts";
import { reportStatus } from "./github/report-status.ts";
import { Reported } from "./github/reported.ts";
import { readRules } from "./github/rules.ts";
import { checkedTarget } from "./github/target.ts";
import { buildImages } from "./images/build-images.ts";
import { readCommit } from "./images/commit.ts";
import type { Images } from "./images/images.ts";
import { registryAccess } from "./images/registry-address.ts";
import { verifyPublished } from "./images/verify.ts";
import type { Applied } from "./infra/applied.ts";
import { applyPlan } from "./infra/apply.ts";
import { makePlan } from "./infra/make-plan.ts";
import { type Plan, planOf } from "./infra/plan.ts";
import { planDigest } from "./infra/plan-digest.ts";
import { readState, unlockState } from "./infra/state.ts";
import { openProject } from "./project.ts";
import type { Approval } from "./release/approval/approval.ts";
import { approve } from "./release/approval/approve.ts";
import { askedOf } from "./release/approval/asked.ts";
import { readMoment } from "./release/approval/moment.ts";
import type { ApprovalRequest } from "./release/approval/request.ts";
import { requestApproval } from "./release/approval/request-approval.ts";
import { verifyFolder } from "./release/approval/verify-folder.ts";
import { makeRelease } from "./release/make-release.ts";
import { Release } from "./release/release.ts";
import { fetchRelease } from "./release/store.ts";
import { gate } from "./report/gate.ts";
import { readReport } from "./report/report-file.ts";
import { Reports } from "./stage-reports.ts";
import type { Staging } from "./staging/staging.ts";

/** Kitchen: every step of a data product's delivery, in containers, the same everywhere. */
@object()
export class Kitchen {
  private readonly source: Directory;
  private readonly config?: File;

  /**
   * @param source the repository to work on
   * @param config kitchen.yaml (default: the one in the source; without one the layout is detected)
   */
  constructor(
    @argument({
      defaultPath: "/",
      ignore: [
        "**/.git",
        "**/node_modules",
        "**/.venv",
        "**/__pycache__",
        "**/.mypy_cache",
        "**/.pytest_cache",
        "**/.terraform",
        "**/dist",
        "**/.coverage",
        "report",
        ".dagger",
      ],
    })
    source: Directory,
    config?: File,
  ) {
    this.source = source;
    this.config = config;
  }

  /**
   * Lints Python, Terraform and Dockerfiles: flake8, black, hadolint, terraform fmt and validate,
   * tflint. Fails with the findings when there are any.
   */
  @func()
  @check()
  async lint(): Promise<string> {
    return gate(await this.reports().lint());
  }

  /** Checks the types of every Python component with mypy. Fails with the findings. */
  @func()
  @check()
  async typecheck(): Promise<string> {
    return gate(await this.reports().typecheck());
  }

  /** Scans for security flaws: bandit, checkov, secrets in the tree. Fails with the findings. */
  @func()
  @check()
  async securityScan(): Promise<string> {
    return gate(await this.reports().securityScan());
  }

  /** Runs pytest with coverage on every Python component, and terraform test. Fails with the failed tests. */
  @func()
  @check()
  async unitTest(): Promise<string> {
    return gate(await this.reports().unitTest());
  }

  /**
   * lint, typecheck, securityScan and unitTest at once. Fails with what any of them found. With
   * `since` it leaves out components, Terraform and Dockerfiles of which nothing changed, and names
   * them; whatever may matter to all of them, as kitchen.yaml does, leaves nothing out.
   *
   * @param since only what changed since a branch, a tag or a commit's hash: origin/main
   * @param git the repository's history, for `since`: --git .git
   */
  @func()
  async ci(since?: string, git?: Directory): Promise<string> {
    return gate(await this.reports().ci(since, git));
  }

  /**
   * Builds every service's image: the same source gives the same digest on any day and machine. Fails
   * when one cannot be built, or is bigger than kitchen.yaml allows.
   *
   * @param git the repository's .git folder: what the images say they were made from
   * @param platform operating system and architecture, as linux/amd64 (default: the engine's)
   */
  @func()
  async buildImages(
    @argument({
      defaultPath: "/.git",
      ignore: ["**", "!HEAD", "!packed-refs", "!shallow", "!refs/heads/**", "!objects/**"],
    })
    git: Directory,
    platform?: Platform,
  ): Promise<Images> {
    const project = await this.project();
    return buildImages(project, await readCommit(git), platform);
  }

  /**
   * Checks published images against a registry: digest, SBOM and provenance are there, agree, and
   * are signed. Fails with a line for each image of which something does not hold.
   *
   * @param published what publishing answered: `build-images publish … json`
   * @param publicKey public key (PEM) of the key that signed
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  verifyImages(
    published: File,
    publicKey: File,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<string> {
    const access = registryAccess(username, password, registryService);
    return verifyPublished(published, publicKey, access);
  }

  /**
   * Makes a release: binds published images, the DAGs, the Terraform configuration and the evidence
   * by their digests, and stores it as REGISTRY/releases beside the images. Fails when an image is
   * not in the registry, or was made from another commit.
   *
   * @param published what publishing answered: `build-images publish … json`
   * @param evidence a folder with reports: `reports ci json export --path evidence/ci.json`
   * @param git the repository's .git folder
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async release(
    published: File,
    evidence: Directory,
    @argument({
      defaultPath: "/.git",
      ignore: ["**", "!HEAD", "!packed-refs", "!shallow", "!refs/heads/**", "!objects/**"],
    })
    git: Directory,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<Release> {
    const project = await this.project();
    const access = registryAccess(username, password, registryService);
    return makeRelease(project, { published, evidence, git }, access);
  }

  /**
   * A release as it was stored. Fails when there is none with that digest.
   *
   * @param release its digest: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async showRelease(
    release: string,
    registry: string,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<Release> {
    const access = registryAccess(username, password, registryService);
    const { config } = await this.project();
    return new Release(await fetchRelease(release, registry, access), [...config.release.evidence]);
  }

  /**
   * Asks for an approval: what the release holds and lacks, its plan, and what changes against the one
   * that runs in the environment now. Changes nothing.
   *
   * @param release digest of the release: sha256:…
   * @param environment where it is to go: production
   * @param plan digest of the Terraform plan that is to be applied for it: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param git the repository's .git folder
   * @param current digest of the release that runs there now
   * @param planSummary what the plan does, for people
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async approvalRequest(
    release: string,
    environment: string,
    plan: string,
    registry: string,
    @argument({
      defaultPath: "/.git",
      ignore: ["**", "!HEAD", "!packed-refs", "!shallow", "!refs/heads/**", "!objects/**"],
    })
    git: Directory,
    current?: string,
    planSummary?: File,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<ApprovalRequest> {
    const access = registryAccess(username, password, registryService);
    const asked = { release, environment, plan, registry };
    return requestApproval(await this.project(), asked, access, { git, current, planSummary });
  }

  /**
   * Approves that exactly this release goes to exactly this environment with exactly this plan: signs
   * the statement with an SSH key, and fails when the approval would not hold. `approvalRequest` says
   * how to do the same by hand, as a key with a passphrase or on a token needs it.
   *
   * @param release digest of the release: sha256:…
   * @param environment where it may go: production
   * @param plan digest of the Terraform plan that may be applied for it: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param approver who approves: a name that the allowed signers give the key
   * @param key SSH private key without a passphrase
   * @param expires until when: 2026-11-01T12:00:00Z, or from now on: 30m, 72h, 7d
   * @param waive what the release may lack: names as approvalRequest gives them
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async approve(
    release: string,
    environment: string,
    plan: string,
    registry: string,
    approver: string,
    key: Secret,
    expires: string,
    waive: string[] = [],
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<Approval> {
    const project = await this.project();
    const access = registryAccess(username, password, registryService);
    const question = { release, environment, plan, registry };
    const asked = await askedOf(project, question, access, new Date());
    return approve(project, asked, { approver, expires, waives: waive }, key);
  }

  /**
   * Checks approvals: signatures, signers and their roles, release, plan, environment, expiry, what
   * the release lacks. Answers a line for each that counts; fails with all that is wrong.
   *
   * @param release digest of the release that is to go there: sha256:…
   * @param environment where it is to go: production
   * @param plan digest of the Terraform plan that is to be applied for it: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param approvals a folder with APPROVAL.json and APPROVAL.json.sig of each
   * @param used digests of approvals that were used already
   * @param at moment for which they have to hold, as 2026-11-01T12:00:00Z (default: now)
   * @param username user name for the registry
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   */
  @func({ cache: "never" })
  async verifyApproval(
    release: string,
    environment: string,
    plan: string,
    registry: string,
    approvals: Directory,
    used: string[] = [],
    at?: string,
    username?: string,
    password?: Secret,
    registryService?: Service,
  ): Promise<string> {
    const project = await this.project();
    const access = registryAccess(username, password, registryService);
    const now = new Date();
    const moment = at === undefined ? now : readMoment(at, "at", now);
    const question = { release, environment, plan, registry };
    const asked = await askedOf(project, question, access, moment, used);
    return `${(await verifyFolder(project, asked, approvals)).accepted.join("\n")}\n`;
  }

  /**
   * Tests a running product from outside, or one that it starts itself: PostgreSQL, the service,
   * Airflow. Fails with the tasks of the pipeline that failed, the tests, and the answers that break
   * the OpenAPI schema.
   *
   * @param runId the same id reads the same run, a new one runs again (default: a new one)
   * @param target address of a running service, such as https://staging.example.com
   * @param service the running service instead, such as a port of this machine: tcp://localhost:8080
   * @param airflow address of its Airflow; without one no pipeline is run
   * @param airflowService its Airflow instead, such as tcp://localhost:8090
   * @param airflowUser a user of Airflow (default: it lets everybody in)
   * @param airflowPassword that user's password
   */
  @func({ cache: "never" })
  async integrationTest(
    runId?: string,
    target?: string,
    service?: Service,
    airflow?: string,
    airflowService?: Service,
    airflowUser?: string,
    airflowPassword?: Secret,
  ): Promise<string> {
    return gate(
      await this.reports().integrationTest(
        runId,
        target,
        service,
        airflow,
        airflowService,
        airflowUser,
        airflowPassword,
      ),
    );
  }

  /**
   * Loads a running service with the repository's Locust scenarios. Fails with the thresholds that do
   * not hold, what became worse, or why nothing can be said.
   *
   * @param runId the same id reads the same run, a new one runs again (default: a new one)
   * @param target address that is loaded, such as https://staging.example.com (default: a stack that is
   * started for it)
   * @param service what is loaded instead: a service, or a port of this machine as tcp://localhost:8000
   * @param users users at the same time; in the open model those that arrivals may occupy
   * @param spawnRate users that start each second
   * @param duration how long is measured: 90s, 10m
   * @param warmUp how long before that load is made that does not count
   * @param arrivalRate open model: so many tasks begin each second, however slow the answers are, and
   * latencies count from when each was due
   * @param thresholds what has to hold, as `p95 < 300ms on GET /menu`, instead of those of kitchen.yaml
   * @param processes processes that make load
   * @param workers containers that make load, as a swarm of Locust's, instead of processes
   * @param accepted load-test.json of an earlier run (in its report's files): more than a regression fails
   * @param maxRegression by how much it may be worse than that, in percent
   */
  @func({ cache: "never" })
  async loadTest(
    runId?: string,
    target?: string,
    service?: Service,
    users?: number,
    spawnRate?: number,
    duration?: string,
    warmUp?: string,
    arrivalRate?: number,
    thresholds?: string[],
    processes?: number,
    workers?: number,
    accepted?: File,
    maxRegression?: number,
  ): Promise<string> {
    return gate(
      await this.reports().loadTest(
        runId,
        target,
        service,
        users,
        spawnRate,
        duration,
        warmUp,
        arrivalRate,
        thresholds,
        processes,
        workers,
        accepted,
        maxRegression,
      ),
    );
  }

  /**
   * What Terraform would do to an environment. Fails when it cannot be planned, with the place in the
   * source where there is one; nothing is changed.
   *
   * @param environment its name in kitchen.yaml, or of its folder `environments/NAME`
   * @param vars variables, NAME=VALUE each; secret ones are secrets named TF_VAR_NAME
   * @param secrets environment variables for Terraform, its backend and providers: env:AWS_ACCESS_KEY_ID
   * @param key what the saved plan is sealed with, 16 characters or more; without one it is not kept
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   * @param actor who plans: shown to others as the holder of the lock
   */
  @func({ cache: "never" })
  async terraformPlan(
    environment: string,
    vars: string[] = [],
    secrets: Secret[] = [],
    key?: Secret,
    mirror?: Directory,
    backend?: Service,
    actor?: string,
  ): Promise<Plan> {
    const project = await openProject(this.source, this.config);
    const access = { vars, secrets, mirror, backend, actor };
    const planned = await makePlan(project, environment, access, key);
    if (planned.problems.length === 0) return planOf(planned, key !== undefined);
    throw new Error(`terraformPlan ${environment}: ${planned.problems.join("\n")}`);
  }

  /**
   * Applies a saved plan, or plans and applies at once. Refuses a plan of another environment,
   * configuration, Terraform version or state, one that destroys what kitchen.yaml protects, and one
   * that breaks its policy.
   *
   * @param environment its name in kitchen.yaml, or of its folder `environments/NAME`
   * @param plan a saved plan (default: it is planned now)
   * @param digest what the plan's digest has to be: another plan is refused
   * @param key what the saved plan was sealed with
   * @param vars variables, NAME=VALUE each; a saved plan has them already
   * @param secrets environment variables for Terraform, its backend and providers: env:AWS_ACCESS_KEY_ID
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   * @param actor who applies: in the evidence, and shown to others as the holder of the lock
   */
  @func({ cache: "never" })
  async terraformApply(
    environment: string,
    plan?: File,
    digest?: string,
    key?: Secret,
    vars: string[] = [],
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
    actor?: string,
  ): Promise<Applied> {
    const project = await openProject(this.source, this.config);
    const access = { vars, secrets, mirror, backend, actor };
    return applyPlan(project, environment, access, { plan, digest, key });
  }

  /**
   * The digest of a sealed plan, which an approval names: `approval-request --plan`. It takes no key:
   * whoever opens the plan is told when it does something else than it says. Fails when the file is no
   * sealed plan, or damaged.
   *
   * @param plan the sealed plan, as `terraform-plan … file` has it
   */
  @func()
  async planDigest(plan: File): Promise<string> {
    return planDigest(plan);
  }

  /**
   * Does reality differ from the configuration? Fails with the list when it does: for a job that runs
   * each night.
   *
   * @param environment its name in kitchen.yaml, or of its folder `environments/NAME`
   * @param vars variables, NAME=VALUE each; secret ones are secrets named TF_VAR_NAME
   * @param secrets environment variables for Terraform, its backend and providers: env:AWS_ACCESS_KEY_ID
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   */
  @func({ cache: "never" })
  async terraformDrift(
    environment: string,
    vars: string[] = [],
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
  ): Promise<string> {
    return gate(await this.reports().terraformDrift(environment, vars, secrets, mirror, backend));
  }

  /**
   * Releases the lock on a state when whoever took it is no more: a killed apply, for instance.
   *
   * @param environment its name in kitchen.yaml, or of its folder `environments/NAME`
   * @param lockId the lock, as the refusal names it
   * @param secrets environment variables for Terraform and its backend
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   */
  @func({ cache: "never" })
  async terraformUnlock(
    environment: string,
    lockId: string,
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
  ): Promise<string> {
    const project = await openProject(this.source, this.config);
    return unlockState(project, environment, { vars: [], secrets, mirror, backend }, lockId);
  }

  /**
   * An environment's state as JSON, to look at or to carry elsewhere: `terraform-state plaintext`.
   *
   * @param environment its name in kitchen.yaml, or of its folder `environments/NAME`
   * @param secrets environment variables for Terraform and its backend
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   */
  @func({ cache: "never" })
  async terraformState(
    environment: string,
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
  ): Promise<Secret> {
    const project = await openProject(this.source, this.config);
    return readState(project, environment, { vars: [], secrets, mirror, backend });
  }

  /**
   * An environment of kitchen.yaml: to deploy to, to look at, to share its traffic. A host is reached
   * by a socket of a Docker-compatible API (Docker, Podman) or over SSH, AWS with credentials.
   *
   * @param name as in kitchen.yaml: staging
   * @param socket the host's socket: /var/run/docker.sock
   * @param ssh the host, instead of a socket: ssh://user@host:22/var/run/docker.sock
   * @param sshKey private key for that user
   * @param knownHosts known_hosts file with the host's key
   * @param sshService the SSH server itself, for a port of this machine: tcp://localhost:2222
   * @param registryUsername user name that the host pulls images with
   * @param registryPassword password or token for it
   * @param airflowPassword password of Airflow's user `kitchen` (default: one that nobody knows)
   * @param awsCredentials what AWS is asked with: cmd:"aws configure export-credentials", or a credentials file
   * @param awsToken a web identity token instead, of the pipeline that this runs in
   * @param awsRole ARN of the role to take; a token is given for one
   * @param awsService AWS's API itself, for a port of this machine: tcp://localhost:5000
   * @param edgeService the load balancer itself, for a port of this machine: tcp://localhost:8080
   * @param metricsToken bearer token for the Prometheus server of `rollout.metrics` in kitchen.yaml
   */
  @func({ cache: "never" })
  async environment(
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
  ): Promise<DeployedEnvironment> {
    const { config } = await this.project();
    named(config, name);
    return new DeployedEnvironment(
      this.source,
      JSON.stringify(config),
      name,
      socket,
      ssh,
      sshKey,
      knownHosts,
      sshService,
      registryUsername,
      registryPassword,
      airflowPassword,
      awsCredentials,
      awsToken,
      awsRole,
      awsService,
      edgeService,
      metricsToken,
    );
  }

  /**
   * Brings what the source is into an environment and tests it there: publishes the images, applies
   * Terraform, deploys, gives the new version all traffic after a smoke test, runs integrationTest and
   * loadTest against it, and makes the release that may go on to production. The first stage that does
   * not pass ends it, and what served before serves again. Fails with the summary then; `reports
   * staging` with the same runId reads the same tests and gives all that was found out.
   *
   * @param registry where the images go: registry.example.com/team
   * @param git the repository's .git folder
   * @param environment as in kitchen.yaml
   * @param evidence a folder with reports: `reports ci json export --path evidence/ci.json`
   * @param runId the same id reads the same tests of the same release (default: they run anew)
   * @param target where the environment answers: https://staging.example.com
   * @param service the same as a port of this machine: tcp://localhost:8080
   * @param airflow where its Airflow answers: https://airflow.example.com
   * @param airflowService the same as a port of this machine: tcp://localhost:8090
   * @param airflowPassword password of Airflow's user `kitchen`
   * @param accepted load-test.json of an earlier run: more than a regression fails
   * @param socket the host's socket: /var/run/docker.sock
   * @param ssh the host, instead of a socket: ssh://user@host:22/var/run/docker.sock
   * @param sshKey private key for that user
   * @param knownHosts known_hosts file with the host's key
   * @param sshService the SSH server itself, for a port of this machine: tcp://localhost:2222
   * @param awsCredentials what AWS is asked with: cmd:"aws configure export-credentials", or a credentials file
   * @param awsToken a web identity token instead, of the pipeline that this runs in
   * @param awsRole ARN of the role to take; a token is given for one
   * @param awsService AWS's API itself, for a port of this machine: tcp://localhost:5000
   * @param username user name for the registry, here and on the host
   * @param password password or token for it
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   * @param signingKey private key (PEM) that signs each image's provenance; without it there is none
   * @param vars Terraform's variables, NAME=VALUE each; secret ones are secrets named TF_VAR_NAME
   * @param secrets environment variables for Terraform, its backend and providers: env:AWS_ACCESS_KEY_ID
   * @param mirror providers, as `terraform providers mirror` lays them out (default: their registry)
   * @param backend a backend on this machine, which the configuration calls `backend`: tcp://localhost:5432
   * @param actor who does it: in Terraform's evidence, and shown to others as the holder of the lock
   */
  @func({ cache: "never" })
  async staging(
    registry: string,
    @argument({
      defaultPath: "/.git",
      ignore: ["**", "!HEAD", "!packed-refs", "!shallow", "!refs/heads/**", "!objects/**"],
    })
    git: Directory,
    environment: string = "staging",
    evidence?: Directory,
    runId?: string,
    target?: string,
    service?: Service,
    airflow?: string,
    airflowService?: Service,
    airflowPassword?: Secret,
    accepted?: File,
    socket?: Socket,
    ssh?: string,
    sshKey?: Secret,
    knownHosts?: File,
    sshService?: Service,
    awsCredentials?: Secret,
    awsToken?: Secret,
    awsRole?: string,
    awsService?: Service,
    username?: string,
    password?: Secret,
    registryService?: Service,
    signingKey?: Secret,
    vars: string[] = [],
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
    actor?: string,
  ): Promise<Staging> {
    const staged = await this.reports().staging(
      registry,
      git,
      environment,
      evidence,
      runId,
      target,
      service,
      airflow,
      airflowService,
      airflowPassword,
      accepted,
      socket,
      ssh,
      sshKey,
      knownHosts,
      sshService,
      awsCredentials,
      awsToken,
      awsRole,
      awsService,
      username,
      password,
      registryService,
      signingKey,
      vars,
      secrets,
      mirror,
      backend,
      actor,
    );
    if (staged.hasPassed()) return staged;
    throw new Error(staged.summary().trimEnd());
  }

  /**
   * The reports behind these gates, as SARIF, JUnit, JSON, Markdown and HTML.
   *
   * @param commit full SHA of the commit that the source is of: reportStatus asks for it
   */
  @func()
  reports(commit?: string): Reports {
    return new Reports(this.source, this.config, commit);
  }

  /**
   * Shows a report on GitHub: the commit's status, a check run with the findings on their lines, and
   * one comment on the pull request, changed in place. A report of another commit is refused; a
   * comment of a newer commit is left alone.
   *
   * @param report JSON of a report: `reports --commit SHA ci json`
   * @param repository OWNER/NAME
   * @param commit full SHA
   * @param token in a workflow github.token, with the permissions statuses, checks and
   * pull-requests: write; a check run can be made with an app's or a workflow's token only
   * @param pullRequest number of the pull request (default: none, for a push)
   * @param detailsUrl where the whole report is: it is linked to
   * @param apiUrl address of the API, as the engine reaches it; https://HOST/api/v3 for GitHub
   * Enterprise Server
   */
  @func({ cache: "never" })
  async reportStatus(
    report: File,
    repository: string,
    commit: string,
    token: Secret,
    pullRequest: number = 0,
    detailsUrl: string = "",
    apiUrl: string = "https://api.github.com",
  ): Promise<Reported> {
    const target = checkedTarget(repository, commit, pullRequest, detailsUrl);
    const data = readReport(await report.contents(), await report.name());
    const access = { token: await token.plaintext(), apiUrl };
    return new Reported(JSON.stringify(await reportStatus(data, target, access)));
  }

  /**
   * Compares a repository's settings on GitHub with the rules in the source: .github/rulesets/*.json,
   * .github/environments.yaml, CODEOWNERS. Fails with a line for each that does not hold.
   *
   * @param repository OWNER/NAME
   * @param token with the permission administration: read; write, to see who may bypass rules
   * @param apiUrl address of the API, as the engine reaches it; https://HOST/api/v3 for GitHub
   * Enterprise Server
   */
  @func({ cache: "never" })
  async githubDoctor(
    repository: string,
    token: Secret,
    apiUrl: string = "https://api.github.com",
  ): Promise<string> {
    const rules = await readRules(this.source);
    return githubDoctor(rules, repository, { token: await token.plaintext(), apiUrl });
  }

  private project(): Promise<Project> {
    return openProject(this.source, this.config);
  }
}
