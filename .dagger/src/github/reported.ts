import { dag, type File, func, object } from "@dagger.io/dagger";
import { type Put, putLines } from "./report-status.ts";

/** What was shown on GitHub. */
@object()
export class Reported {
  /** what was put, as JSON text */
  private readonly document: string;

  constructor(document: string) {
    this.document = document;
  }

  /** A line for each of commit status, check run and comment: what was done, and its address. */
  @func()
  summary(): string {
    return putLines(JSON.parse(this.document) as Put[]);
  }

  /** JSON: a list of what (`commit status`, `check run`, `comment`), done, words. */
  @func()
  json(): File {
    return dag.file("reported.json", `${JSON.stringify(JSON.parse(this.document), null, 2)}\n`);
  }
}
