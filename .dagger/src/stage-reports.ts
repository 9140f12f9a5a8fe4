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
import { changesSince } from "./checks/changes-since.ts";
import type { Check } from "./checks/check.ts";
import { lint } from "./checks/lint.ts";
import { runChecks } from "./checks/run-checks.ts";
import { securityScan } from "./checks/security-scan.ts";
import { typecheck } from "./checks/typecheck.ts";
import { unitTest } from "./checks/unit-test.ts";
import { openEnvironment } from "./environments/open-environment.ts";
import { readCommit } from "./images/commit.ts";
import { registryAccess } from "./images/registry-address.ts";
import { reportImages } from "./images/report-images.ts";
import { reportDrift } from "./infra/drift.ts";
import { makePlan } from "./infra/make-plan.ts";
import { planReport } from "./infra/report-plan.ts";
import { openProject } from "./project.ts";
import type { ReportData } from "./report/finding.ts";
import { Report } from "./report/report.ts";
import { deployed } from "./staging/deployed.ts";
import { runStaging } from "./staging/run-staging.ts";
import type { Staging } from "./staging/staging.ts";
import { integrationTest } from "./verify/integration-test/integration-test.ts";
import { loadTest } from "./verify/load-test/load-test.ts";
import { loadOptions } from "./verify/load-test/options.ts";
import { freshService, freshStack } from "./verify/stack.ts";
import { targetOf } from "./verify/target.ts";

/** The report behind each gate: reading one never fails on what was found. */
@object()
export class Reports {
  private readonly source: Directory;
  private readonly config?: File;
  private readonly commit?: string;

  constructor(source: Directory, config?: File, commit?: string) {
    this.source = source;
    this.config = config;
    this.commit = commit;
  }

  /** flake8, black, hadolint, terraform fmt and validate, tflint. */
  @func()
  lint(): Promise<Report> {
    return this.report("lint", [lint]);
  }

  /** mypy on every component. */
  @func()
  typecheck(): Promise<Report> {
    return this.report("typecheck", [typecheck]);
  }

  /** bandit, checkov, a search for secrets, and a dependency audit where advisories can be read. */
  @func()
  securityScan(): Promise<Report> {
    return this.report("securityScan", [securityScan]);
  }

  /** pytest with coverage on every component, locks that match pyproject.toml, terraform test. */
  @func()
  unitTest(): Promise<Report> {
    return this.report("unitTest", [unitTest]);
  }

  /**
   * All four at once.
   *
   * @param since only what changed since a branch, a tag or a commit, and what looks at everything
   * @param git the repository's history, for `since`: --git .git
   */
  @func()
  async ci(since?: string, git?: Directory): Promise<Report> {
    const project = await openProject(this.source, this.config);
    const changed = since === undefined ? undefined : await changesSince(project, since, git);
    const checks = [lint, typecheck, securityScan, unitTest];
    return this.made(await runChecks("ci", checks, project, changed));
  }

  /**
   * How the build of each service's image went; one over its budget is a finding.
   *
   * @param git the repository's .git folder
   */
  @func()
  async images(
    @argument({
      defaultPath: "/.git",
      ignore: ["**", "!HEAD", "!packed-refs", "!shallow", "!refs/heads/**", "!objects/**"],
    })
    git: Directory,
  ): Promise<Report> {
    const project = await openProject(this.source, this.config);
    const runs = await reportImages(project, await readCommit(git));
    return this.made({ stage: "images", runs, accepted: [] });
  }

  /**
   * What a running product does: its pipeline run to the end, task by task; the tests of its API; and
   * its OpenAPI schema held against its answers. Without a target a stack of its own is started: what
   * its containers wrote is in the report's files.
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
  ): Promise<Report> {
    const project = await openProject(this.source, this.config);
    const id = runId ?? crypto.randomUUID();
    const given = await targetOf("service", target, service);
    const pipeline = await targetOf("airflow", airflow, airflowService);
    const tested = given
      ? { service: given, airflow: pipeline, user: airflowUser, password: airflowPassword }
      : await freshStack(project, id);
    const { report, files } = await integrationTest(project, tested, id);
    return this.made(report, files);
  }

  /**
   * What a load test measured: verdict, percentiles of each endpoint, plots over time; in its files
   * load-test.json and Locust's own HTML and CSV. `inconclusive` when the load generator was the
   * bottleneck itself.
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
  ): Promise<Report> {
    const project = await openProject(this.source, this.config);
    const given = {
      users,
      spawnRate,
      duration,
      warmUp,
      arrivalRate,
      thresholds,
      processes,
      workers,
      maxRegression,
    };
    const options = loadOptions(given, project.config);
    const id = runId ?? crypto.randomUUID();
    const loaded = (await targetOf("target", target, service)) ?? (await freshService(project, id));
    const { report, files } = await loadTest(project, loaded, options, id, accepted);
    return this.made(report, files);
  }

  /**
   * How the plan of an environment fared: mistakes in the source, and what kitchen.yaml's policy does
   * not allow. The parameters are those of terraformPlan.
   */
  @func({ cache: "never" })
  async terraformPlan(
    environment: string,
    vars: string[] = [],
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
  ): Promise<Report> {
    const project = await openProject(this.source, this.config);
    const access = { vars, secrets, mirror, backend };
    const planned = await makePlan(project, environment, access, undefined);
    return this.made(planReport("terraformPlan", planned));
  }

  /**
   * Where reality differs from an environment's configuration. The parameters are those of
   * terraformDrift.
   */
  @func({ cache: "never" })
  async terraformDrift(
    environment: string,
    vars: string[] = [],
    secrets: Secret[] = [],
    mirror?: Directory,
    backend?: Service,
  ): Promise<Report> {
    const project = await openProject(this.source, this.config);
    return this.made(await reportDrift(project, environment, { vars, secrets, mirror, backend }));
  }

  /** How far a delivery came, and what its tests found out. The parameters are those of staging. */
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
    const project = await openProject(this.source, this.config);
    const host = { socket, ssh, sshKey, knownHosts, sshService, airflowPassword };
    const aws = { awsCredentials, awsToken, awsRole, awsService, edgeService: service };
    const login = { registryUsername: username, registryPassword: password };
    return runStaging(project, {
      name: environment,
      environment: openEnvironment(project.config, environment, {
        ...{ source: this.source, ...host, ...login, ...aws },
      }),
      tested: await deployed(project, {
        target,
        service,
        airflow,
        airflowService,
        airflowPassword,
      }),
      registry,
      access: registryAccess(username, password, registryService),
      signingKey,
      terraform: { vars, secrets, mirror, backend, actor },
      git,
      evidence: evidence ?? dag.directory(),
      accepted,
      runId: runId ?? crypto.randomUUID(),
      commit: this.commit,
    });
  }

  private async report(stage: string, checks: readonly Check[]): Promise<Report> {
    const project = await openProject(this.source, this.config);
    return this.made(await runChecks(stage, checks, project));
  }

  private made(data: ReportData, files?: Directory): Report {
    return new Report(JSON.stringify({ ...data, commit: this.commit }), files);
  }
}
