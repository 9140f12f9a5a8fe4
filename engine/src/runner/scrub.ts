const stars = Buffer.from("***");

/** Replaces secrets in a stream of bytes, also where a secret arrives in pieces. */
export class Scrubber {
  private readonly secrets: readonly Buffer[];
  private readonly longest: number;
  private tail: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly Buffer[]) {
    // Longer ones first: a secret that holds another one is replaced whole.
    this.secrets = secrets.filter((each) => each.length > 0).sort((a, b) => b.length - a.length);
    this.longest = this.secrets[0]?.length ?? 0;
  }

  /** What can be shown after these bytes: all but what may be the beginning of a secret. */
  push(bytes: Buffer): Buffer {
    if (this.longest === 0) return bytes;
    return this.replace(Buffer.concat([this.tail, bytes]), false);
  }

  /** What was held back. */
  end(): Buffer {
    const rest = this.replace(this.tail, true);
    this.tail = Buffer.alloc(0);
    return rest;
  }

  private replace(bytes: Buffer, last: boolean): Buffer {
    const parts: Buffer[] = [];
    const safe = last ? bytes.length : Math.max(0, bytes.length - this.longest + 1);
    let at = 0;
    while (at < bytes.length) {
      const next = this.firstFrom(bytes, at);
      if (!next || (!last && next.index >= safe)) break;
      parts.push(bytes.subarray(at, next.index), stars);
      at = next.index + next.length;
    }
    const end = Math.max(at, safe);
    parts.push(bytes.subarray(at, end));
    this.tail = bytes.subarray(end);
    return Buffer.concat(parts);
  }

  private firstFrom(bytes: Buffer, from: number): { index: number; length: number } | undefined {
    let first: { index: number; length: number } | undefined;
    for (const secret of this.secrets) {
      const index = bytes.indexOf(secret, from);
      if (index >= 0 && (!first || index < first.index)) first = { index, length: secret.length };
    }
    return first;
  }
}
