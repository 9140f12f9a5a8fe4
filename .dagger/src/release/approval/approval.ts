import { type Directory, dag, type File, func, object } from "@dagger.io/dagger";
import { digestOf } from "../manifest.ts";

/** A signed approval: the statement, and the signature beside it, as ssh-keygen makes them. */
@object()
export class Approval {
  private readonly approver: string;
  private readonly text: string;
  private readonly signed: string;

  constructor(approver: string, text: string, signed: string) {
    this.approver = approver;
    this.text = text;
    this.signed = signed;
  }

  /** SHA-256 of the statement: by it a promotion remembers that the approval was used. */
  @func()
  digest(): string {
    return digestOf(this.text);
  }

  /** What is approved, by whom, until when. */
  @func()
  summary(): string {
    return `${JSON.stringify(JSON.parse(this.text), null, 2)}\n`;
  }

  /** The statement, which is what is signed: docs/approval.schema.json says what is in it. */
  @func()
  statement(): File {
    return dag.file(`${this.name()}.json`, this.text);
  }

  /** The signature, as `ssh-keygen -Y sign -n kitchen-approval` writes it. */
  @func()
  signature(): File {
    return dag.file(`${this.name()}.json.sig`, this.signed);
  }

  /** APPROVER.json and APPROVER.json.sig: verify-approval takes a folder of such pairs. */
  @func()
  all(): Directory {
    const name = this.name();
    return dag
      .directory()
      .withFile(`${name}.json`, this.statement())
      .withFile(`${name}.json.sig`, this.signature());
  }

  private name(): string {
    return this.approver.replace(/[^\w.@+-]/g, "_");
  }
}
