import { type Directory, type File, func, object } from "@dagger.io/dagger";
import { Release } from "../release/release.ts";
import { Report } from "../report/report.ts";

/** A delivery to an environment and its tests there: how far it came, and what it proves. */
@object()
export class Staging {
  /** its report as JSON text */
  private readonly document: string;
  private readonly passed: boolean;
  private readonly files: Directory;
  private readonly reports: Directory;
  private readonly images?: File;
  /** of the release: canonical JSON, and the stages whose evidence it must have */
  private readonly manifest?: string;
  private readonly required: string[];

  constructor(
    document: string,
    passed: boolean,
    files: Directory,
    reports: Directory,
    required: string[],
    images?: File,
    manifest?: string,
  ) {
    this.document = document;
    this.passed = passed;
    this.files = files;
    this.reports = reports;
    this.required = required;
    this.images = images;
    this.manifest = manifest;
  }

  /** Did every stage that had something to do pass? */
  @func()
  hasPassed(): boolean {
    return this.passed;
  }

  /** A line for each stage, what it did, and why one did not pass. */
  @func()
  summary(): string {
    return this.report().summary();
  }

  /**
   * All stages as one report. In its files, what the tests' tools wrote; when a stage failed after the
   * deployment began, the last lines of each container too.
   */
  @func()
  report(): Report {
    return new Report(this.document, this.files);
  }

  /** The reports that were given and those of integrationTest and loadTest: what `release` takes. */
  @func()
  evidence(): Directory {
    return this.reports;
  }

  /** The images, as `build-images publish … json` writes them. Fails when none were published. */
  @func()
  published(): File {
    if (this.images) return this.images;
    throw new Error("nothing was published: the summary says why");
  }

  /** What was tested, with the evidence: what may go on to production. Fails when it did not pass. */
  @func()
  release(): Release {
    if (this.manifest !== undefined) return new Release(this.manifest, this.required);
    throw new Error(`no release: ${this.summary().trimEnd()}`);
  }

  /** Everything: the report in all formats and its files, evidence/, published.json, release.json. */
  @func()
  all(): Directory {
    let all = this.report().all().withDirectory("evidence", this.reports);
    if (this.images) all = all.withFile("published.json", this.images);
    if (this.manifest !== undefined) all = all.withNewFile("release.json", this.manifest);
    return all;
  }
}
