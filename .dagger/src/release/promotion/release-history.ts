import { dag, type File, func, object } from "@dagger.io/dagger";
import { historyText, readHistory } from "./history.ts";

/** What was released to an environment, by whom, with which approvals. */
@object()
export class ReleaseHistory {
  private readonly environment: string;
  private readonly lines: string[];

  constructor(environment: string, lines: string[]) {
    this.environment = environment;
    this.lines = lines;
  }

  /** A paragraph for each promotion and each way back, the newest last. */
  @func()
  summary(): string {
    return historyText(this.environment, readHistory(this.lines));
  }

  /**
   * A line of JSON for each, as it is kept: docs/history.schema.json says what is in it. Each names
   * the SHA-256 of the one before it, so that none can be changed or left out unseen.
   */
  @func()
  json(): File {
    return dag.file("history.jsonl", this.lines.map((line) => `${line}\n`).join(""));
  }
}
