import { dag, type File, func, object } from "@dagger.io/dagger";
import { statementFor } from "./approve.ts";
import type { Asked } from "./verify.ts";

/** What an approver is asked: exactly this release, with exactly this plan, to this environment. */
@object()
export class ApprovalRequest {
  /** for people */
  private readonly text: string;
  /** what is asked, as JSON text */
  private readonly document: string;

  constructor(text: string, document: string) {
    this.text = text;
    this.document = document;
  }

  /** Everything that is asked, and how to say yes. */
  @func()
  summary(): string {
    return this.text;
  }

  /**
   * The statement to sign by hand: `ssh-keygen -Y sign -n kitchen-approval -f KEY approval.json`.
   *
   * @param approver who approves: a name that the allowed signers have
   * @param expires until when: 2026-11-01T12:00:00Z, or from now on: 30m, 72h, 7d
   * @param waive what the release may lack: names as the summary gives them
   */
  @func({ cache: "never" })
  statement(approver: string, expires: string, waive: string[] = []): File {
    const asked: Asked = { ...(JSON.parse(this.document) as Asked), at: new Date() };
    return dag.file("approval.json", statementFor(asked, { approver, expires, waives: waive }));
  }
}
