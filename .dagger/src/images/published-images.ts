import { dag, type File, func, object } from "@dagger.io/dagger";
import type { Published } from "./publish.ts";
import { bytes } from "./size-budget.ts";

/** Images as a registry has them now. */
@object()
export class PublishedImages {
  /** what was published, as JSON text */
  private readonly document: string;

  constructor(document: string) {
    this.document = document;
  }

  /** A line for each image: its reference by digest, and what was sent. */
  @func()
  summary(): string {
    const lines = this.all().map(({ reference, tags, sent, there }) => {
      const moved = tags.length > 0 ? `, tags ${tags.join(", ")}` : "";
      return `${reference}  sent ${sent.blobs} layers (${bytes(sent.bytes)}), ${there.blobs} were there${moved}\n`;
    });
    return lines.join("") || "no service has an image\n";
  }

  /**
   * JSON: name, reference, digest, size (bytes), created (RFC 3339), tags, sent and there (blobs,
   * bytes), attached (digests by media type, the SBOM's among them).
   */
  @func()
  json(): File {
    return dag.file("published.json", `${JSON.stringify(this.all(), null, 2)}\n`);
  }

  private all(): Published[] {
    return JSON.parse(this.document) as Published[];
  }
}
