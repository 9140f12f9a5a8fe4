import { dag, type File, func, object } from "@dagger.io/dagger";
import { digestOf, readManifest } from "./manifest.ts";
import { releaseText } from "./release-text.ts";

/** What goes to production: images, DAGs and Terraform by their digests, and what proves them. */
@object()
export class Release {
  /** its canonical JSON */
  private readonly document: string;
  /** stages whose evidence it must have */
  private readonly required: string[];

  constructor(document: string, required: string[]) {
    this.document = document;
    this.required = required;
  }

  /** What the release is called: SHA-256 of its canonical JSON (RFC 8785). */
  @func()
  digest(): string {
    return digestOf(this.document);
  }

  /** All that is in it, for people; what it lacks is said at the end. */
  @func()
  summary(): string {
    return releaseText(this.digest(), readManifest(this.document), this.required);
  }

  /** Its canonical JSON: docs/release.schema.json says what is in it. */
  @func()
  json(): File {
    return dag.file("release.json", this.document);
  }
}
