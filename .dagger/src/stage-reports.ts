import { argument, type Directory, type File, func, object } from "@dagger.io/dagger";
import type { Check } from "./checks/check.ts";
import { lint } from "./checks/lint.ts";
import { runChecks } from "./checks/run-checks.ts";
import { securityScan } from "./checks/security-scan.ts";
import { typecheck } from "./checks/typecheck.ts";
import { unitTest } from "./checks/unit-test.ts";
import { readCommit } from "./images/commit.ts";
import { reportImages } from "./images/report-images.ts";
import { openProject } from "./project.ts";
import { Report } from "./report/report.ts";

/** The report behind each gate: reading one never fails on what was found. */
@object()
export class Reports {
  private readonly source: Directory;
  private readonly config?: File;

  constructor(source: Directory, config?: File) {
    this.source = source;
    this.config = config;
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

  /** pytest with coverage on every component, and locks that match pyproject.toml. */
  @func()
  unitTest(): Promise<Report> {
    return this.report("unitTest", [unitTest]);
  }

  /** All four at once. */
  @func()
  ci(): Promise<Report> {
    return this.report("ci", [lint, typecheck, securityScan, unitTest]);
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
    return new Report(JSON.stringify({ stage: "images", runs, accepted: [] }));
  }

  private async report(stage: string, checks: readonly Check[]): Promise<Report> {
    const project = await openProject(this.source, this.config);
    return new Report(JSON.stringify(await runChecks(stage, checks, project)));
  }
}
