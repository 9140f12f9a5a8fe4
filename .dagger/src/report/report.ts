import { type Directory, dag, type File, func, object } from "@dagger.io/dagger";
import { findingsOf, type ReportData, verdictOf } from "./finding.ts";
import { htmlReport } from "./html.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { sarifReport } from "./sarif.ts";
import { textReport } from "./text.ts";

/** What a stage found out, in the formats that other programs read. */
@object()
export class Report {
  /** the report as JSON text */
  private readonly document: string;
  private readonly written?: Directory;

  constructor(document: string, written?: Directory) {
    this.document = document;
    this.written = written;
  }

  /**
   * `passed`, `failed` (a tool found something), `error` (a tool could not do its work),
   * `inconclusive` (what it measured says nothing) or `not-run` (no tool could be asked).
   */
  @func()
  verdict(): string {
    return verdictOf(this.data());
  }

  /** A line for each tool, then the findings as `path:line:column level message [tool rule]`. */
  @func()
  summary(): string {
    return `${textReport(this.data())}\n`;
  }

  /** SARIF 2.1.0, as GitHub's code scanning takes it. */
  @func()
  sarif(): File {
    return this.file("sarif", sarifReport(this.data()));
  }

  /** JUnit XML: tests as they ran; for other tools each finding is a failed test case. */
  @func()
  junit(): File {
    return this.file("junit.xml", junitReport(this.data()));
  }

  /** Everything: the runs of the tools, their findings, tests, exit codes and durations in seconds. */
  @func()
  json(): File {
    const data = this.data();
    return this.file("json", `${JSON.stringify({ verdict: verdictOf(data), ...data }, null, 2)}\n`);
  }

  /** Markdown for a pull request. */
  @func()
  markdown(): File {
    return this.file("md", markdownReport(this.data()));
  }

  /** One HTML file that needs nothing else. */
  @func()
  html(): File {
    return this.file("html", htmlReport(this.data()));
  }

  /** What the tools wrote themselves: logs of containers, Locust's own report. */
  @func()
  files(): Directory {
    return this.written ?? dag.directory();
  }

  /**
   * All formats: report.sarif, report.junit.xml, report.json, report.md, report.html, and the tools'
   * own files.
   */
  @func()
  all(): Directory {
    const files = dag.directory();
    return (this.written ? files.withDirectory("files", this.written) : files)
      .withFile("report.sarif", this.sarif())
      .withFile("report.junit.xml", this.junit())
      .withFile("report.json", this.json())
      .withFile("report.md", this.markdown())
      .withFile("report.html", this.html());
  }

  /** Today's findings as a baseline: name the file in kitchen.yaml to accept them for now. */
  @func()
  baseline(): File {
    const accepted = findingsOf(this.data()).map(({ fingerprint, tool, rule, path, message }) => ({
      fingerprint,
      tool,
      rule,
      path,
      message,
    }));
    return this.file("baseline.json", `${JSON.stringify({ accepted }, null, 2)}\n`);
  }

  private data(): ReportData {
    return JSON.parse(this.document) as ReportData;
  }

  private file(format: string, contents: string): File {
    return dag.file(`${this.data().stage}.${format}`, contents);
  }
}
